#include "plan.hpp"

#include <array>
#include <sstream>

namespace aisle::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, troubles> names{
    "bad_ranges",    "absent",          "many_absent",     "garbage_shards",  "broken_members", "unreadable",
    "wrong_bytes",   "refused_entries", "lost_buckets",    "invalid_entries", "large",          "cold",
    "cuts",          "stalls",          "no_connection",   "damage",          "slow_links",     "cut_every",
    "target_dies",   "target_hangs",    "target_restarts", "target_lost",     "sick",           "slow_target",
    "joins",         "leaves",          "aborts",          "proxy_dies",      "proxy_hangs",    "proxy_fails",
    "starting",      "overload",        "full_targets",    "map_fails",       "map_late",       "denied",
    "slow_consumer", "tight_memory"};

// A tenth of the worlds is quiet, half has a single trouble (whose times can be bounded sharply), the rest several.
std::bitset<troubles> troubles_of(dice& d) {
    std::bitset<troubles> out;
    auto const kind = d.draw();
    if (kind < 0.1) return out;
    if (kind < 0.6) {
        out.set(d.below(troubles));
        return out;
    }
    double const share = d.scale(0.05, 0.4);
    for (std::size_t i = 0; i < troubles; ++i) out[i] = d.chance(share);
    out.set(d.below(troubles));
    // These end a world or hide other troubles.
    if (!d.chance(0.05)) out.reset(static_cast<std::size_t>(trouble::denied));
    if (!d.chance(0.2)) out.reset(static_cast<std::size_t>(trouble::target_lost));
    return out;
}

void plan_stream(world_plan& p, dice& d) {
    p.batches = d.number(1, d.chance(0.2) ? 24 : 6);
    p.entries = static_cast<unsigned>(d.scale(1, d.chance(0.1) ? 128 : 32));
    p.window = d.chance(0.4) ? 0 : d.number(1, 32);
    p.streaming = d.chance(0.75);
    p.compressed = d.chance(0.15);
    p.strict = d.chance(0.08);
    p.hedging = d.chance(0.9);
    p.cold_gets = d.chance(0.95);
    p.missing = d.chance(0.8) ? on_missing::skip : on_missing::fail;
    if (d.chance(0.04)) p.retry = no_retry;
    p.bad_share = d.chance(0.5) ? d.scale(0.01, 0.1) : d.scale(0.05, 0.7);
    p.budget = std::size_t{256} << 20;
    if (p.has(trouble::tight_memory)) p.budget = static_cast<std::size_t>(d.scale(512 << 10, 16 << 20));
    if (p.has(trouble::slow_consumer)) p.consumer_rate = d.scale(2, 2'000);
}

void plan_links(world_plan& p, dice& d) {
    if (p.has(trouble::cuts)) p.cut_chance = d.scale(0.01, 0.7);
    if (p.has(trouble::stalls)) p.stall_chance = d.scale(0.01, 0.5);
    if (p.has(trouble::no_connection)) p.refuse_chance = d.scale(0.01, 0.7);
    if (p.has(trouble::damage)) p.damage_chance = d.scale(0.01, 0.5);
    if (p.has(trouble::map_fails)) p.map_fail_chance = d.chance(0.3) ? 1 : d.scale(0.05, 0.9);
    if (p.has(trouble::cut_every)) p.cut_every = static_cast<std::uint64_t>(d.scale(2.0 * (1 << 20), 64.0 * (1 << 20)));
}

}  // namespace

std::string_view name_of(trouble t) {
    return names[static_cast<std::size_t>(t)];
}

world_plan plan_of(std::uint64_t seed) {
    dice d(seed);
    world_plan p;
    p.seed = seed;
    p.what = troubles_of(d);
    p.proxies = d.chance(0.5) ? 1 : d.number(2, 4);
    if ((p.has(trouble::proxy_hangs) || p.has(trouble::proxy_dies)) && d.chance(0.7)) p.proxies = d.number(2, 4);
    p.targets = d.chance(0.1) ? 1 : d.number(2, d.chance(0.2) ? 16 : 6);
    if (p.has(trouble::joins)) p.newcomers = d.number(1, 2);
    if (p.has(trouble::sick)) {
        p.targets = std::max(p.targets, 2u);
        p.sick_share = d.real(0.05, 0.6);
    }
    p.hop = d.time_scale(100us, d.chance(0.1) ? 80ms : 5ms);
    p.gap = d.time_scale(5us, d.chance(0.1) ? 20ms : 1ms);
    p.rate = d.scale(20e6, 2e9);
    p.tail = 100ms;
    plan_stream(p, d);
    plan_links(p, d);
    // If time_point's zero is recent, a default value may look like a recent time.
    p.begin = d.chance(0.5) ? d.time_scale(1s, 1h) : d.time_scale(1h, 5000h);
    p.calm = d.time_scale(2s, 90s);
    p.as_objects = d.chance(0.15);
    return p;
}

std::string describe(world_plan const& p) {
    std::ostringstream out;
    out << "seed " << p.seed << ": " << p.proxies << " proxies, " << p.targets << "+" << p.newcomers << " targets, "
        << p.batches << " batches of up to " << p.entries << ", window " << p.window
        << (p.streaming ? ", streamed" : ", multipart") << (p.compressed ? ", compressed" : "")
        << (p.as_objects ? ", as objects" : "") << (p.strict ? ", strict" : "") << (p.hedging ? "" : ", no hedging")
        << (p.cold_gets ? "" : ", no cold gets") << (p.missing == on_missing::fail ? ", missing fails" : "")
        << ", attempts " << p.retry.attempts << ", budget " << (p.budget >> 10) << " KiB, hop " << seconds(p.hop)
        << " s, gap " << seconds(p.gap) << " s, rate " << p.rate / 1e6 << " MB/s, consumer " << p.consumer_rate
        << "/s, bad share " << p.bad_share << ", calm after " << seconds(p.calm) << " s;";
    for (std::size_t i = 0; i < troubles; ++i)
        if (p.what[i]) out << ' ' << names[i];
    if (p.what.none()) out << " quiet";
    return std::move(out).str();
}

}  // namespace aisle::simulation
