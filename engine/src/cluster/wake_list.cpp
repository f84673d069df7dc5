#include "wake_list.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

// A place in the list, removed when the wait ends.
struct place {
    place(recycled_vector<http::timer*>& in, http::timer& gate) : list(in), mine(&gate) { list.push_back(mine); }
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    ~place() { std::erase(list, mine); }

    recycled_vector<http::timer*>& list;
    http::timer* mine;
};

}  // namespace

http::task<void> wake_list::wait(time_point until) {
    http::timer gate(executor_, until);
    place const here(waiting_, gate);
    co_await gate.async_wait(http::use_task_tuple);
}

void wake_list::wake_one() {
    if (waiting_.empty()) return;
    auto* const first = waiting_.front();
    waiting_.erase(waiting_.begin());
    first->cancel();
}

void wake_list::wake_all() {
    for (auto* const gate : waiting_) gate->cancel();
}

}  // namespace aisle::detail
