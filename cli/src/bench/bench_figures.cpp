#include "bench_figures.hpp"

#include "../text/figure_text.hpp"
#include "../text/quantity.hpp"
#include "../text/stats_text.hpp"

#include <cmath>

namespace aisle::cli {

double bench_figures::samples_per_s() const {
    return per(static_cast<double>(samples), elapsed.count());
}
double bench_figures::bytes_per_s() const {
    return per(static_cast<double>(bytes), elapsed.count());
}
double bench_figures::cpu_us_per_sample() const {
    return per(static_cast<double>(cpu.count()), static_cast<double>(samples));
}

std::string to_table(bench_figures const& f) {
    std::string out;
    append_row(out, "samples",
               format_count(f.samples) + " in " + format_count(f.batches, "batch", "batches") + ", " +
                   figure(f.elapsed.count(), 2) + " s");
    if (f.missing || f.failed)
        append_row(out, "not delivered", format_count(f.missing) + " missing, " + format_count(f.failed) + " failed");
    append_row(out, "samples/s", format_count(static_cast<std::uint64_t>(std::llround(f.samples_per_s()))));
    append_row(out, "MB/s", figure(f.bytes_per_s() / 1e6, 1));
    append_row(out, "client CPU per sample", figure(f.cpu_us_per_sample(), 2) + " us");
    append_row(out, "time to first sample", figure(f.first_sample.count(), 1) + " ms");
    append_row(out, "batch P50 / P95 / P99", percentiles_text(f.engine.latency.batch));
    if (f.engine.retries || f.engine.hedges)
        append_row(out, "retries, hedges", format_count(f.engine.retries) + ", " + format_count(f.engine.hedges));
    if (f.engine.cold) append_row(out, "cold", format_count(f.engine.cold) + " fetched from the bucket's backend");
    append_row(out, "peak RSS", format_bytes(static_cast<double>(f.peak_rss_bytes)));
    append_row(out, "in flight", std::to_string(f.in_flight));
    append_row(out, "connections, reads", format_count(f.engine.connections) + ", " + format_count(f.engine.reads));
    append_stats(out, f.engine, f.cluster);
    return out;
}

std::string to_json(bench_figures const& f) {
    std::string out = "{\"samples\":" + std::to_string(f.samples);
    out += ",\"seconds\":" + figure(f.elapsed.count(), 6);
    out += ",\"samples_per_s\":" + figure(f.samples_per_s(), 1);
    out += ",\"bytes\":" + std::to_string(f.bytes);
    out += ",\"mb_per_s\":" + figure(f.bytes_per_s() / 1e6, 3);
    out += ",\"cpu_us_per_sample\":" + figure(f.cpu_us_per_sample(), 3);
    out += ",\"first_sample_ms\":" + figure(f.first_sample.count(), 3);
    out += ",\"batch_ms\":" + percentiles_json(f.engine.latency.batch);
    out += ",\"peak_rss_bytes\":" + std::to_string(f.peak_rss_bytes);
    out += ",\"in_flight\":" + std::to_string(f.in_flight);
    out += ",\"batches\":" + std::to_string(f.batches);
    out += ",\"missing\":" + std::to_string(f.missing);
    out += ",\"failed\":" + std::to_string(f.failed);
    out += ",\"connections\":" + std::to_string(f.engine.connections);
    out += ",\"reads\":" + std::to_string(f.engine.reads);
    out += ",\"retries\":" + std::to_string(f.engine.retries);
    out += ",\"hedges\":" + std::to_string(f.engine.hedges);
    out += ",\"cold\":" + std::to_string(f.engine.cold);
    return out + stats_json(f.engine, f.cluster) + "}\n";
}

}  // namespace aisle::cli
