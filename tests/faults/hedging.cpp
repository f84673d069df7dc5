// The benefit of hedging late requests, with one of several targets slowed down by a fixed time:
//   bench_hedging [DELAY_MS] [BATCHES] [TARGETS]
// One line of JSON for each of: no delay, delay without hedging, delay with hedging.
#include "relay_fixture.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

using namespace aisle;
using namespace aisle::test;

namespace {

struct figures {
    std::vector<double> latencies_ms;
    summary total;
    engine_stats stats;
    std::uint64_t right = 0;
    double seconds = 0;
};

figures measure(std::uint64_t batches, unsigned targets, std::chrono::milliseconds delay, bool hedging) {
    constexpr std::uint64_t each = 32;
    playground::server_options server;
    server.targets = targets;
    relayed_cluster c(batches * each, 10'240, server);
    c.relay.set_plan({.on_request = [delay](faults::exchange const& x) {
        faults::fault f;
        // The first target named by a redirect.
        if (x.redirected && x.node == 1 && delay.count() > 0) {
            f.kind = faults::fault_kind::delay;
            f.wait = delay;
        }
        return f;
    }});
    engine e(c.for_engine());
    figures out;
    std::mutex mutex;
    stream_options how{.in_flight = 8, .order = batch_order::completed, .hedging = hedging};
    how.on_batch_end = [&](batch_report const& r) {
        std::lock_guard const lock(mutex);
        out.latencies_ms.push_back(std::chrono::duration<double, std::milli>(r.last_sample).count());
    };
    auto const began = std::chrono::steady_clock::now();
    auto const total = e.stream(made_up_batches(batches, each), how, [&](sample s) { out.right += is_right(s); });
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (total) out.total = *total;
    out.stats = e.stats();
    std::ranges::sort(out.latencies_ms);
    return out;
}

double percentile(std::vector<double> const& sorted, double of_100) {
    if (sorted.empty()) return 0;
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(static_cast<double>(sorted.size()) * of_100 / 100))];
}

void show(char const* what, std::uint64_t batches, figures const& f) {
    std::printf(
        "{\"what\":\"%s\",\"p50_ms\":%.2f,\"p95_ms\":%.2f,\"p99_ms\":%.2f,\"seconds\":%.2f,\"right\":%llu,"
        "\"requests\":%llu,\"hedges\":%llu,\"hedges_won\":%llu,\"retries\":%llu,\"redirects_dropped\":%llu,"
        "\"extra_load\":%.4f}\n",
        what, percentile(f.latencies_ms, 50), percentile(f.latencies_ms, 95), percentile(f.latencies_ms, 99), f.seconds,
        static_cast<unsigned long long>(f.right), static_cast<unsigned long long>(f.stats.requests),
        static_cast<unsigned long long>(f.stats.hedges), static_cast<unsigned long long>(f.stats.hedges_won),
        static_cast<unsigned long long>(f.stats.retries), static_cast<unsigned long long>(f.stats.redirects_dropped),
        static_cast<double>(f.stats.requests) / static_cast<double>(batches) - 1);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    auto const delay = std::chrono::milliseconds(argc > 1 ? std::atoi(argv[1]) : 200);
    auto const batches = static_cast<std::uint64_t>(argc > 2 ? std::atoi(argv[2]) : 2'000);
    auto const targets = static_cast<unsigned>(argc > 3 ? std::atoi(argv[3]) : 32);
    using std::chrono::milliseconds;
    show("no delay", batches, measure(batches, targets, milliseconds(0), true));
    show("delay, hedging off", batches, measure(batches, targets, delay, false));
    show("delay, hedging on", batches, measure(batches, targets, delay, true));
    return 0;
}
