#include "bench_figures.hpp"

#include "quantity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace aisle::cli {
namespace {

double per(double a, double b) {
    return b > 0 ? a / b : 0;
}

std::string number(double value, int decimals) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return text.data();
}

void row(std::string& out, std::string_view name, std::string const& value) {
    out += "  ";
    out += name;
    out.append(24 - std::min<std::size_t>(name.size(), 24), ' ');
    out += value;
    out += '\n';
}

}  // namespace

void latency_record::add(std::chrono::nanoseconds latency) {
    ms_.push_back(std::chrono::duration<float, std::milli>(latency).count());
}

double latency_record::percentile_ms(double percent) const {
    if (ms_.empty()) return 0;
    auto sorted = ms_;
    auto const rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size())));
    auto const at = sorted.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, sorted.size()) - 1);
    std::ranges::nth_element(sorted, at);
    return static_cast<double>(*at);
}

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
    auto const& latency = f.batch_latency;
    row(out, "samples",
        format_count(f.samples) + " in " + format_count(f.batches) + " batches, " + number(f.elapsed.count(), 2) +
            " s");
    if (f.missing || f.failed)
        row(out, "not delivered", format_count(f.missing) + " missing, " + format_count(f.failed) + " failed");
    row(out, "samples/s", format_count(static_cast<std::uint64_t>(std::llround(f.samples_per_s()))));
    row(out, "MB/s", number(f.bytes_per_s() / 1e6, 1));
    row(out, "client CPU a sample", number(f.cpu_us_per_sample(), 2) + " us");
    row(out, "time to first sample", number(f.first_sample.count(), 1) + " ms");
    row(out, "batch P50 / P95 / P99",
        number(latency.percentile_ms(50), 1) + " / " + number(latency.percentile_ms(95), 1) + " / " +
            number(latency.percentile_ms(99), 1) + " ms");
    row(out, "peak RSS", format_bytes(static_cast<double>(f.peak_rss_bytes)));
    row(out, "in flight", std::to_string(f.in_flight));
    row(out, "connections, reads", format_count(f.connections) + ", " + format_count(f.reads));
    return out;
}

std::string to_json(bench_figures const& f) {
    auto const& latency = f.batch_latency;
    std::string out = "{\"samples\":" + std::to_string(f.samples);
    out += ",\"seconds\":" + number(f.elapsed.count(), 6);
    out += ",\"samples_per_s\":" + number(f.samples_per_s(), 1);
    out += ",\"bytes\":" + std::to_string(f.bytes);
    out += ",\"mb_per_s\":" + number(f.bytes_per_s() / 1e6, 3);
    out += ",\"cpu_us_per_sample\":" + number(f.cpu_us_per_sample(), 3);
    out += ",\"first_sample_ms\":" + number(f.first_sample.count(), 3);
    out += ",\"batch_ms\":{\"p50\":" + number(latency.percentile_ms(50), 3) +
           ",\"p95\":" + number(latency.percentile_ms(95), 3) + ",\"p99\":" + number(latency.percentile_ms(99), 3) +
           "}";
    out += ",\"peak_rss_bytes\":" + std::to_string(f.peak_rss_bytes);
    out += ",\"in_flight\":" + std::to_string(f.in_flight);
    out += ",\"batches\":" + std::to_string(f.batches);
    out += ",\"missing\":" + std::to_string(f.missing);
    out += ",\"failed\":" + std::to_string(f.failed);
    out += ",\"connections\":" + std::to_string(f.connections);
    out += ",\"reads\":" + std::to_string(f.reads);
    return out + "}\n";
}

}  // namespace aisle::cli
