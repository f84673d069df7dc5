#include "reading_turn.hpp"

#include <chrono>

namespace aisle::detail {
namespace {

using std::chrono::milliseconds;

// AIStore closes a connection to which it could not write for 30 s: each response is read at least this often.
constexpr milliseconds longest_wait{5'000};
// A pause of 250 ms may look like the server's fault.
constexpr milliseconds report_interval{100};

}  // namespace

reading_turn::reading_turn(http::executor ex, reading_order& order, void const* stream, std::uint64_t batch)
    : timer_(ex), reader_(order, stream, batch, [this] { timer_.cancel(); }) {}

http::task<void> reading_turn::wait(std::function<void()> still_waits) {
    auto const until = http::timer::clock_type::now() + longest_wait;
    reader_.wait();
    may_have_arrived_ = true;
    for (bool over = false; !over;) {
        timer_.expires_after(report_interval);
        auto const [cancelled] = co_await timer_.async_wait(http::use_task_tuple);
        still_waits();
        over = cancelled || reader_.has_turn() || http::timer::clock_type::now() >= until;
    }
    reader_.stop_waiting();
}

}  // namespace aisle::detail
