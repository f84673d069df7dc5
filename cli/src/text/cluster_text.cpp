#include "cluster_text.hpp"

#include "figure_text.hpp"
#include "printable.hpp"
#include "quantity.hpp"

#include <aisle/base/json_text.hpp>

#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace aisle::cli {
namespace {

constexpr std::size_t most_targets_shown = 8;

double ms(std::chrono::nanoseconds t) {
    return std::chrono::duration<double, std::milli>(t).count();
}

double ms_a_batch(std::chrono::nanoseconds t, std::uint64_t batches) {
    return per(ms(t), static_cast<double>(batches));
}

bool has_trouble(target_counters const& t) {
    return t.peer_wait.count() > 0 || t.throttled.count() > 0 || t.soft_errors > 0 || t.hard_errors > 0 ||
           t.recoveries > 0;
}

std::string troubles_text(target_counters const& t) {
    auto out = "waited for peers " + figure(ms_a_batch(t.peer_wait, t.batches), 1) + " ms, throttled " +
               figure(ms_a_batch(t.throttled, t.batches), 1) + " ms a batch; errors: " + format_count(t.soft_errors) +
               " soft, " + format_count(t.hard_errors) + " hard";
    if (t.recoveries) out += "; " + format_count(t.recoveries, "entry", "entries") + " recovered";
    if (t.failed_recoveries) out += " (" + format_count(t.failed_recoveries) + " failed)";
    return out;
}

void append_counters(std::string& out, target_counters const& t) {
    constexpr std::array counts = {std::pair{"batches", &target_counters::batches},
                                   std::pair{"objects", &target_counters::objects},
                                   std::pair{"object_bytes", &target_counters::object_bytes},
                                   std::pair{"members", &target_counters::members},
                                   std::pair{"member_bytes", &target_counters::member_bytes},
                                   std::pair{"soft_errors", &target_counters::soft_errors},
                                   std::pair{"hard_errors", &target_counters::hard_errors},
                                   std::pair{"recoveries", &target_counters::recoveries},
                                   std::pair{"failed_recoveries", &target_counters::failed_recoveries}};
    for (auto const& [key, value] : counts) out += ",\"" + std::string(key) + "\":" + std::to_string(t.*value);
    out += ",\"peer_wait_ms\":" + figure(ms(t.peer_wait), 3) + ",\"throttled_ms\":" + figure(ms(t.throttled), 3);
}

}  // namespace

void append_cluster(std::string& out, cluster_report const& report) {
    constexpr std::string_view name = "targets, all clients";
    if (!report.asked) return;
    if (!report.interval) {
        append_row(out, name, "not available: " + (report.why.empty() ? "no response in time" : report.why));
        return;
    }
    auto const all = report.interval->sum();
    append_row(out, name,
               format_count(all.batches, "batch", "batches") + ", " + format_count(all.objects, "object", "objects") +
                   ", " + format_count(all.members, "member", "members") + " of shards, " +
                   format_bytes(static_cast<double>(all.object_bytes + all.member_bytes)));
    append_row(out, "", troubles_text(all));
    if (!report.why.empty()) append_row(out, "", "without the end of the run: " + report.why);
    std::size_t shown = 0;
    for (auto const& t : report.interval->targets)
        if (has_trouble(t) && report.interval->targets.size() > 1 && shown++ < most_targets_shown)
            append_row(out, "  " + printable(t.name), troubles_text(t));
}

std::string cluster_json(cluster_report const& report) {
    if (!report.asked) return {};
    std::string out = ",\"cluster\":{\"known\":";
    out += report.interval ? "true" : "false";
    if (!report.why.empty()) {
        out += ",\"why\":";
        base::append_json_string(out, report.why);
    }
    if (report.interval) {
        out += ",\"seconds\":" + figure(std::chrono::duration<double>(report.interval->elapsed).count(), 3);
        append_counters(out, report.interval->sum());
        out += ",\"targets\":[";
        for (auto const& t : report.interval->targets) {
            if (&t != &report.interval->targets.front()) out += ',';
            out += "{\"id\":";
            base::append_json_string(out, t.id);
            out += ",\"name\":";
            base::append_json_string(out, t.name);
            append_counters(out, t);
            out += '}';
        }
        out += ']';
    }
    return out + '}';
}

}  // namespace aisle::cli
