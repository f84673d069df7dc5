#include "stress_figures.hpp"

#include "../text/figure_text.hpp"
#include "../text/printable.hpp"
#include "../text/quantity.hpp"
#include "../text/stats_text.hpp"

#include <aisle/base/json_text.hpp>

#include <cmath>

namespace aisle::cli {
namespace {

double samples_per_s(stress_figures const& f, stress_tally const& tally) {
    return per(static_cast<double>(tally.counters().delivered), f.elapsed.count());
}

double cpu_us_per_sample(stress_figures const& f, stress_tally const& tally) {
    return per(static_cast<double>(f.cpu.count()), static_cast<double>(tally.counters().delivered));
}

double mb_per_s(stress_figures const& f, stress_tally const& tally) {
    return per(static_cast<double>(tally.counters().bytes), f.elapsed.count()) / 1e6;
}

std::string ways_json(stress_tally const& tally) {
    std::string out = "[";
    for (auto const& [way, line] : tally.ways()) {
        if (out.size() > 1) out += ',';
        out += "{\"format\":";
        base::append_json_string(out, way.first);
        out += std::string(",\"mode\":\"") + (way.second ? "stream" : "multipart") + "\"";
        out += ",\"batches\":" + std::to_string(line.batches);
        out += ",\"delivered\":" + std::to_string(line.samples);
        out += ",\"other_format\":" + std::to_string(line.other_format);
        out += ",\"faulty_batches\":" + std::to_string(line.faults) + "}";
    }
    return out + "]";
}

std::string troubles_json(stress_tally const& tally) {
    std::string out = "[";
    for (auto const& t : tally.troubles()) {
        if (out.size() > 1) out += ',';
        out += "{\"what\":\"" + std::string(to_string(t.what)) + "\",\"text\":";
        base::append_json_string(out, t.text);
        out += '}';
    }
    return out + "]";
}

}  // namespace

std::string to_table(stress_figures const& f, stress_tally const& tally) {
    auto const& c = tally.counters();
    auto const& e = f.engines;
    std::string out;
    append_row(out, "samples",
               format_count(c.delivered) + " in " + format_count(tally.batches(), "batch", "batches") + ", " +
                   figure(f.elapsed.count(), 2) + " s");
    append_row(out, "missing, as expected", format_count(c.missing));
    append_row(out, "wrong, lost, failed",
               format_count(c.wrong) + ", " + format_count(c.lost) + ", " + format_count(c.failed));
    append_row(out, "samples/s", format_count(static_cast<std::uint64_t>(std::llround(samples_per_s(f, tally)))));
    append_row(out, "MB/s", figure(mb_per_s(f, tally), 1));
    append_row(out, "client CPU per sample", figure(cpu_us_per_sample(f, tally), 2) + " us, including the checks");
    append_row(out, "batch's first sample", percentiles_text(tally.first_sample()) + " (P50 / P95 / P99)");
    append_row(out, "batch's last sample", percentiles_text(tally.last_sample()) + " (P50 / P95 / P99)");
    append_row(out, "retries, hedges (won)",
               format_count(e.retries) + ", " + format_count(e.hedges) + " (" + format_count(e.hedges_won) + ")");
    if (e.cold) append_row(out, "cold", format_count(e.cold));
    append_row(out, "plain GETs, refusals", format_count(e.plain_gets) + ", " + format_count(e.refusals));
    append_row(out, "peak RSS", format_bytes(static_cast<double>(f.peak_rss_bytes)));
    append_row(out, "open files",
               std::to_string(f.open_files_start) + " at the start, " + std::to_string(f.open_files_most) +
                   " at most, " + std::to_string(f.open_files_end) + " at the end");
    append_row(out, "seed", std::to_string(f.seed));
    std::uint64_t other = 0;
    for (auto const& [way, line] : tally.ways()) other += line.other_format;
    if (other) append_row(out, "in another format", format_count(other, "batch", "batches"));
    if (tally.first_fault()) append_row(out, "first error", printable(tally.first_fault()->message()));
    append_stats(out, f.engines, f.cluster);
    return out;
}

std::string to_json(stress_figures const& f, stress_tally const& tally) {
    auto const& c = tally.counters();
    auto const& e = f.engines;
    std::string out;
    auto const number = [&out](std::string_view key, std::uint64_t value) {
        out += (out.empty() ? "{\"" : ",\"") + std::string(key) + "\":" + std::to_string(value);
    };
    number("delivered", c.delivered);
    number("missing", c.missing);
    number("failed", c.failed);
    number("wrong", c.wrong);
    number("lost", c.lost);
    number("retries", e.retries);
    number("hedges", e.hedges);
    number("hedges_won", e.hedges_won);
    number("plain_gets", e.plain_gets);
    number("cold", e.cold);
    number("refusals", e.refusals);
    number("redirects_dropped", e.redirects_dropped);
    number("requests", e.requests);
    number("batches", tally.batches());
    number("rounds", f.rounds);
    number("bytes", c.bytes);
    out += ",\"seconds\":" + figure(f.elapsed.count(), 6);
    out += ",\"samples_per_s\":" + figure(samples_per_s(f, tally), 1);
    out += ",\"mb_per_s\":" + figure(mb_per_s(f, tally), 3);
    out += ",\"cpu_us_per_sample\":" + figure(cpu_us_per_sample(f, tally), 3);
    out += ",\"first_sample_ms\":" + percentiles_json(tally.first_sample());
    out += ",\"batch_ms\":" + percentiles_json(tally.last_sample());
    number("peak_rss_bytes", f.peak_rss_bytes);
    out += ",\"open_files\":{\"start\":" + std::to_string(f.open_files_start) +
           ",\"most\":" + std::to_string(f.open_files_most) + ",\"end\":" + std::to_string(f.open_files_end) + "}";
    number("connections", e.connections);
    number("seed", f.seed);
    out += ",\"bucket\":";
    base::append_json_string(out, f.bucket);
    out += std::string(",\"interrupted\":") + (f.interrupted ? "true" : "false");
    out += ",\"ways\":" + ways_json(tally);
    out += ",\"troubles\":" + troubles_json(tally);
    if (tally.first_fault()) {
        out += ",\"first_fault\":";
        base::append_json_string(out, tally.first_fault()->message());
    }
    return out + stats_json(f.engines, f.cluster) + "}\n";
}

}  // namespace aisle::cli
