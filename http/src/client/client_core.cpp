#include "client_core.hpp"

#include <algorithm>

namespace aisle::http {
namespace {

using namespace std::chrono_literals;

// A tenth of a second is accurate enough for deadlines of many seconds; the short deadlines of tests get shorter ticks.
time_limit::duration deadline_tick(client_options const& o) {
    auto const shortest = std::min({o.connect_timeout, o.first_byte_timeout, o.idle_timeout});
    return std::clamp<time_limit::duration>(shortest / 10, 1ms, 100ms);
}

// A patience of a few milliseconds ends at most half as much later. Ticks only while a patient read waits.
constexpr limit_clock::ticks pace_ticks{500us, 10ms};

}  // namespace

client_core::client_core(executor ex, slab_pool& s, client_options o)
    : options(std::move(o)),
      slabs(s),
      tls(options.tls),
      names(ex),
      pace(std::make_shared<limit_clock>(ex, pace_ticks)),
      pool(ex, {std::max(1u, options.connections_per_host), options.keep_alive},
           std::make_shared<limit_clock>(ex, deadline_tick(options)), pace) {
    spare_pieces_.reserve(most_spare);
}

client_core::piece_list client_core::take_pieces() noexcept {
    if (spare_pieces_.empty()) return {};
    auto out = std::move(spare_pieces_.back());
    spare_pieces_.pop_back();
    return out;
}

void client_core::give_back_pieces(piece_list room) noexcept {
    if (room.capacity() == 0 || spare_pieces_.size() == most_spare) return;
    room.clear();
    spare_pieces_.push_back(std::move(room));
}

}  // namespace aisle::http
