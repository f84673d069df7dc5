#include "run_view.hpp"

#include "../progress/trouble_watch.hpp"
#include "../text/figure_text.hpp"
#include "../text/printable.hpp"
#include "page/json_object.hpp"

#include <aisle/verdict.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

namespace aisle::cli {
namespace {

using milliseconds = std::chrono::duration<double, std::milli>;

double ms(std::chrono::nanoseconds t) {
    return milliseconds(t).count();
}

double seconds(std::chrono::nanoseconds t) {
    return std::chrono::duration<double>(t).count();
}

double rate(std::uint64_t n, std::chrono::nanoseconds in) {
    return per(static_cast<double>(n), seconds(in));
}

char const* name_of(run_state s) {
    switch (s) {
        case run_state::preparing: return "preparing";
        case run_state::running: return "running";
        case run_state::ended: return "ended";
    }
    return "";
}

void append_latency(std::string& out, latency_histogram const& h) {
    json_object o(out);
    o.count("count", h.count());
    o.number("mean", ms(h.mean()), 3);
    o.number("p50", ms(h.percentile(50)), 3);
    o.number("p95", ms(h.percentile(95)), 3);
    o.number("p99", ms(h.percentile(99)), 3);
}

struct named_latency {
    char const* key;
    latency_histogram latency_stats::* value;
};
constexpr std::array latencies = {
    named_latency{"queued", &latency_stats::queued},
    named_latency{"proxy", &latency_stats::proxy},
    named_latency{"first_byte", &latency_stats::first_byte},
    named_latency{"transfer", &latency_stats::transfer},
    named_latency{"batch", &latency_stats::batch},
    named_latency{"first_sample", &latency_stats::first_sample},
};

void append_run(std::string& out, run_view const& v) {
    json_object o(out);
    o.text("command", v.command);
    o.text("about", printable(v.about));
    o.text("state", name_of(v.state));
    o.number("elapsed_s", v.history.elapsed().count(), 2);
    if (v.expected)
        o.count("expected", *v.expected);
    else
        o.null("expected");
    o.flag("checks", v.checks);
}

void append_totals(std::string& out, run_view const& v, engine_stats const& whole) {
    json_object o(out);
    o.count("delivered", v.delivered);
    o.count("missing", v.missing);
    o.count("failed", v.failed);
    o.count("wrong", v.wrong);
    o.count("lost", v.lost);
    o.count("bytes", whole.payload_bytes);
    o.count("requests", whole.requests);
    o.count("retries", whole.retries);
    o.count("hedges", whole.hedges);
    o.count("hedges_won", whole.hedges_won);
    o.count("plain_gets", whole.plain_gets);
    o.count("cold", whole.cold);
    o.count("refusals", whole.refusals);
    o.count("redirects_dropped", whole.redirects_dropped);
    o.count("tail_faults", whole.tail_faults);
    o.count("connections", whole.connections);
}

void append_now(std::string& out, run_view const& v) {
    auto const& s = v.history.newest();
    json_object o(out);
    o.count("in_flight", s.batches_in_flight);
    o.count("calls", s.calls_in_flight);
    o.count("window", s.window);
    o.count("threads", s.threads);
    o.count("memory_budget", v.memory_budget_bytes);
    o.count("memory_in_use", s.slab_bytes_in_use);
    o.count("memory_held", s.held_bytes);
    o.count("memory_idle", s.slab_bytes_idle);
    o.count("resident", v.resident_bytes);
    o.number("round_trip_ms", ms(s.round_trip), 3);
    bool const is_busy = s.batches_in_flight > 0 || s.calls_in_flight > 0;
    o.text("trouble", s.trouble && is_busy && v.state != run_state::ended ? trouble_text(*s.trouble) : "");
}

// What the targets report is apart from the reason, so that the page can show it apart.
void append_verdict(json_object& o, engine_stats const& interval, std::optional<cluster_stats> const& cluster) {
    auto const v = judge(interval);
    json_object bound(o.member("bound_by"));
    bound.text("what", to_string(v.by));
    bound.text("reason", printable(v.reason));
    bound.text("targets", cluster ? printable(judge(interval, *cluster).targets) : "");
}

void append_interval(std::string& out, engine_stats const& s, std::optional<cluster_stats> const& cluster) {
    json_object o(out);
    o.number("seconds", seconds(s.elapsed), 2);
    o.number("samples_per_s", rate(s.samples_delivered, s.elapsed), 1);
    o.number("bytes_per_s", rate(s.payload_bytes, s.elapsed), 0);
    o.number("cpu_cores", per(seconds(s.cpu), seconds(s.elapsed)), 3);
    {
        json_object l(o.member("latency_ms"));
        for (auto const& n : latencies) append_latency(l.member(n.key), s.latency.*n.value);
    }
    append_verdict(o, s, cluster);
}

// Rates and percentiles cover the last seconds. If no request ended in these, percentiles cover the whole run. Both
// intervals end with the same snapshot, so their targets are the same.
void append_targets(std::string& out, engine_stats const& recent, engine_stats const& whole) {
    out += '[';
    for (std::size_t i = 0; i < whole.targets.size(); ++i) {
        if (i > 0) out += ',';
        auto const& t = whole.targets[i];
        auto const& now = recent.targets[i];
        auto const& latency = now.latency.empty() ? t.latency : now.latency;
        json_object o(out);
        o.text("name", printable(t.name));
        o.number("health", t.health, 3);
        o.number("requests_per_s", rate(now.requests, recent.elapsed), 2);
        o.number("samples_per_s", rate(now.samples, recent.elapsed), 1);
        o.number("bytes_per_s", rate(now.bytes, recent.elapsed), 0);
        o.number("p50", ms(latency.percentile(50)), 3);
        o.number("p95", ms(latency.percentile(95)), 3);
        o.count("requests", t.requests);
        o.count("samples", t.samples);
        o.count("failures", t.failures);
        o.count("refusals", t.refusals);
    }
    out += ']';
}

void append_cluster_target(std::string& out, target_counters const& whole, cluster_stats const& recent) {
    auto const found = std::ranges::lower_bound(recent.targets, whole.id, {}, &target_counters::id);
    auto const now = found != recent.targets.end() && found->id == whole.id ? *found : target_counters{};
    auto const batches = static_cast<double>(now.batches);
    json_object o(out);
    o.text("id", printable(whole.id));
    o.text("name", printable(whole.name));
    o.number("batches_per_s", rate(now.batches, recent.elapsed), 2);
    o.number("bytes_per_s", rate(now.object_bytes + now.member_bytes, recent.elapsed), 0);
    o.number("peer_wait_ms", per(ms(now.peer_wait), batches), 3);
    o.number("throttled_ms", per(ms(now.throttled), batches), 3);
    o.count("soft_errors", whole.soft_errors);
    o.count("hard_errors", whole.hard_errors);
    o.count("recoveries", whole.recoveries);
    o.count("failed_recoveries", whole.failed_recoveries);
}

char const* cluster_state(std::optional<cluster_poll::view> const& cluster) {
    if (!cluster) return "off";
    if (!cluster->why.empty()) return "failed";
    return cluster->newest ? "known" : "waiting";
}

void append_cluster_view(std::string& out, std::optional<cluster_poll::view> const& cluster) {
    json_object o(out);
    o.text("state", cluster_state(cluster));
    o.text("why", cluster ? cluster->why : "");
    auto& list = o.member("targets") += '[';
    if (cluster && cluster->whole) {
        cluster_stats const recent = cluster->recent.value_or(*cluster->whole);
        for (auto const& t : cluster->whole->targets) {
            if (list.back() != '[') list += ',';
            append_cluster_target(list, t, recent);
        }
    }
    list += ']';
}

// Arrays without keys keep 600 points short.
void append_point(std::string& out, run_point const& p) {
    out += '[';
    auto const value = [&out](double v, int decimals) {
        if (out.back() != '[') out += ',';
        append_number(out, v, decimals);
    };
    auto const count = [&value](std::uint64_t n) { value(static_cast<double>(n), 0); };
    value(p.at_s, 2);
    value(p.samples_per_s, 1);
    value(p.bytes_per_s, 0);
    count(p.in_flight);
    count(p.window);
    for (auto const percentile : {p.batch_p50, p.batch_p95, p.batch_p99})
        value(p.batches > 0 ? ms(percentile) : std::nan(""), 2);
    count(p.memory_in_use);
    count(p.memory_held);
    count(p.memory_idle);
    count(p.retries);
    count(p.hedges);
    count(p.refusals);
    count(p.cold);
    value(p.cpu_cores, 3);
    out += ']';
}

void append_points(std::string& out, run_history const& history, std::uint64_t& from) {
    out += '[';
    for (auto const& p : history.after(from)) {
        if (out.back() != '[') out += ',';
        append_point(out, p);
        from = p.number;
    }
    out += ']';
}

void append_events(std::string& out, event_ring const& events, std::uint64_t& from) {
    out += '[';
    for (auto const& e : events.after(from)) {
        if (out.back() != '[') out += ',';
        json_object o(out);
        o.count("number", e.number);
        auto const since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(e.at.time_since_epoch());
        o.count("time_ms", static_cast<std::uint64_t>(since_epoch.count()));
        o.text("level", to_string(e.level));
        o.text("event", e.name);
        o.member("fields") += e.fields;
        from = e.number;
    }
    out += ']';
}

}  // namespace

std::string snapshot_json(run_view const& view, event_ring const& events, view_place& from) {
    auto const whole = view.history.whole();
    auto const recent = view.history.recent();
    std::optional<cluster_stats> const none;
    std::string out;
    {
        json_object o(out);
        append_run(o.member("run"), view);
        append_totals(o.member("totals"), view, whole);
        append_now(o.member("now"), view);
        append_interval(o.member("recent"), recent, view.cluster ? view.cluster->recent : none);
        append_interval(o.member("overall"), whole, view.cluster ? view.cluster->whole : none);
        append_targets(o.member("targets"), recent, whole);
        append_cluster_view(o.member("cluster"), view.cluster);
        append_points(o.member("points"), view.history, from.point);
        append_events(o.member("events"), events, from.event);
    }
    return out;
}

}  // namespace aisle::cli
