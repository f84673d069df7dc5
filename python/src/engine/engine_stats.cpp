#include "engine_stats.hpp"

#include "../entry/text_object.hpp"

#include <aisle/verdict.hpp>

#include <chrono>

namespace aisle::python {
namespace {

double seconds(std::chrono::nanoseconds t) {
    return std::chrono::duration<double>(t).count();
}

nb::dict target(target_stats const& t) {
    nb::dict out;
    out["name"] = text_object(t.name);
    out["requests"] = t.requests;
    out["bytes"] = t.bytes;
    out["samples"] = t.samples;
    out["failures"] = t.failures;
    out["refusals"] = t.refusals;
    out["health"] = t.health;
    return out;
}

}  // namespace

nb::dict stats_of(engine_stats const& s) {
    auto const judged = judge(s);
    nb::list targets;
    for (auto const& t : s.targets) targets.append(target(t));
    nb::dict out;
    out["elapsed"] = seconds(s.elapsed);
    out["samples_delivered"] = s.samples_delivered;
    out["payload_bytes"] = s.payload_bytes;
    out["wire_bytes"] = s.wire_bytes;
    out["connections"] = s.connections;
    out["requests"] = s.requests;
    out["retries"] = s.retries;
    out["hedges"] = s.hedges;
    out["hedges_won"] = s.hedges_won;
    out["plain_gets"] = s.plain_gets;
    out["cold"] = s.cold;
    out["refusals"] = s.refusals;
    out["tail_faults"] = s.tail_faults;
    out["cpu"] = seconds(s.cpu);
    out["threads"] = s.threads;
    out["batches_in_flight"] = s.batches_in_flight;
    out["window"] = s.window;
    out["slab_bytes_in_use"] = s.slab_bytes_in_use;
    out["held_bytes"] = s.held_bytes;
    out["slab_bytes_idle"] = s.slab_bytes_idle;
    out["trouble"] = s.trouble ? nb::object(text_object(s.trouble->message())) : nb::none();
    out["targets"] = targets;
    out["bound"] = text_object(to_string(judged.by));
    out["reason"] = text_object(judged.reason);
    return out;
}

}  // namespace aisle::python
