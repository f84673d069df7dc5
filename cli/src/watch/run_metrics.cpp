#include "run_metrics.hpp"

#include "../process/process_usage.hpp"

#include <chrono>
#include <utility>

namespace aisle::cli {

std::string run_metrics_text(engine_stats const& engines, progress_counters const& counters, bool checks) {
    prometheus_writer out;
    auto const outcome = [&](char const* name, std::atomic<std::uint64_t> const& n) {
        out.counter("aisle_run_samples_total", "Samples of the run by outcome", n.load(std::memory_order_relaxed),
                    {{"outcome", name}});
    };
    outcome("delivered", counters.delivered);
    outcome("missing", counters.missing);
    outcome("failed", counters.failed);
    if (checks) {
        outcome("wrong", counters.wrong);
        outcome("lost", counters.lost);
    }
    auto const usage = usage_now();
    out.counter("process_cpu_seconds_total", "CPU time of the process, user and system",
                std::chrono::duration<double>(usage.cpu).count());
    out.gauge("process_resident_memory_bytes", "Resident memory of the process",
              static_cast<double>(resident_bytes_now()));
    out.gauge("process_open_fds", "Open file descriptors", static_cast<double>(open_files_now()));
    return std::move(out).take() + prometheus_text(engines);
}

std::string cluster_metrics_text(cluster_poll::view const& polled) {
    bool const up = polled.newest && polled.why.empty();
    prometheus_writer out;
    out.gauge("aisle_cluster_up", "1: the last poll of the targets' counters succeeded; 0: it did not", up ? 1 : 0);
    auto text = std::move(out).take();
    if (up) text += prometheus_text(*polled.newest);
    return text;
}

}  // namespace aisle::cli
