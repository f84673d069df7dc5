#include "client_core.hpp"

#include <algorithm>

namespace aisle::http {
namespace {

using namespace std::chrono_literals;

// A tenth of a second is exact enough for deadlines of many seconds; the short ones of tests get shorter ticks.
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
      pool(ex, {std::max(1u, options.connections_per_host), options.keep_alive},
           std::make_shared<limit_clock>(ex, deadline_tick(options)), std::make_shared<limit_clock>(ex, pace_ticks)) {}

}  // namespace aisle::http
