#include "stats_text.hpp"

#include "figure_text.hpp"
#include "printable.hpp"
#include "quantity.hpp"

#include <aisle/base/json_text.hpp>
#include <aisle/verdict.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace aisle::cli {
namespace {

constexpr std::size_t most_targets_shown = 8;

struct step {
    char const* name;
    char const* key;
    latency_histogram latency_stats::* latency;
};
constexpr std::array steps = {
    step{"queued", "queued", &latency_stats::queued},
    step{"to the redirect", "proxy", &latency_stats::proxy},
    step{"to the first byte", "first_byte", &latency_stats::first_byte},
    step{"to the last sample", "transfer", &latency_stats::transfer},
    step{"hedged after", "hedge_delay", &latency_stats::hedge_delay},
};

std::string target_text(target_stats const& t) {
    auto out = format_count(t.requests, "request", "requests") + ", " + format_count(t.samples, "sample", "samples") +
               ", " + percentiles_text(t.latency) + ", health " + figure(t.health, 2);
    if (t.health <= 0) out += " (avoided: stalled, failing, slow or full)";
    if (t.failures) out += ", " + format_count(t.failures) + " failed";
    if (t.refusals) out += ", " + format_count(t.refusals) + " refused";
    return out;
}

void append_targets(std::string& out, std::vector<target_stats> targets) {
    std::erase_if(targets, [](target_stats const& t) { return t.requests == 0; });
    auto const all = targets.size();
    if (all > most_targets_shown) {
        std::ranges::sort(targets, std::greater<>(), [](target_stats const& t) { return t.latency.percentile(95); });
        targets.resize(most_targets_shown);
    }
    for (auto const& t : targets) append_row(out, printable(t.name), target_text(t));
    if (all > most_targets_shown)
        append_row(out, "", "and " + format_count(all - most_targets_shown, "faster target", "faster targets"));
}

// Uses the targets' counters if they are known.
verdict verdict_on(engine_stats const& interval, cluster_report const& cluster) {
    return cluster.interval ? judge(interval, *cluster.interval) : judge(interval);
}

}  // namespace

void append_stats(std::string& out, engine_stats const& interval, cluster_report const& cluster) {
    for (auto const& s : steps)
        if (auto const& latency = interval.latency.*s.latency; !latency.empty())
            append_row(out, s.name, percentiles_text(latency));
    append_targets(out, interval.targets);
    append_cluster(out, cluster);
    auto const v = verdict_on(interval, cluster);
    append_row(out, "bound by", std::string(to_string(v.by)) + ": " + v.reason);
}

std::string stats_json(engine_stats const& interval, cluster_report const& cluster) {
    std::string out = ",\"latency_ms\":{";
    for (auto const& s : steps)
        out += std::string(&s == &steps.front() ? "\"" : ",\"") + s.key +
               "\":" + percentiles_json(interval.latency.*s.latency);
    out += "},\"targets\":[";
    for (auto const& t : interval.targets) {
        if (&t != &interval.targets.front()) out += ',';
        out += "{\"name\":";
        base::append_json_string(out, t.name);
        for (auto const& [key, value] : {std::pair{"requests", t.requests},
                                         {"bytes", t.bytes},
                                         {"samples", t.samples},
                                         {"failures", t.failures},
                                         {"refusals", t.refusals}})
            out += ",\"" + std::string(key) + "\":" + std::to_string(value);
        out += ",\"health\":" + figure(t.health, 3) + ",\"ms\":" + percentiles_json(t.latency) + "}";
    }
    auto const v = verdict_on(interval, cluster);
    out += "]" + cluster_json(cluster) + ",\"bound_by\":{\"what\":\"" + std::string(to_string(v.by)) + "\",\"reason\":";
    base::append_json_string(out, v.reason);
    return out + "}";
}

}  // namespace aisle::cli
