// The maximum cost of a batch, with reasons. The figures are what the design promises, not today's measurements; where
// they were too tight at first, either the machine was corrected or the reason is given here.
#include "bounds.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace aisle::simulation {
namespace {

using namespace std::chrono_literals;

bool has_any(world_plan const& plan, std::initializer_list<trouble> of) {
    return std::ranges::any_of(of, [&](trouble t) { return plan.has(t); });
}

// Temporary troubles, until the world is calm.
bool is_restless(world_plan const& plan) {
    return has_any(
        plan, {trouble::cuts, trouble::stalls, trouble::no_connection, trouble::damage, trouble::target_dies,
               trouble::target_hangs, trouble::target_restarts, trouble::target_lost, trouble::joins, trouble::leaves,
               trouble::aborts, trouble::proxy_dies, trouble::proxy_hangs, trouble::proxy_fails, trouble::starting,
               trouble::overload, trouble::full_targets, trouble::map_fails, trouble::map_late});
}

bool map_changes(world_plan const& plan) {
    return has_any(plan, {trouble::target_dies, trouble::target_hangs, trouble::target_restarts, trouble::target_lost,
                          trouble::joins, trouble::leaves, trouble::proxy_dies, trouble::proxy_hangs});
}

// An answer may stall at an entry without an answer: a sick target, a stopped sender, a broken stream, a lost peer.
bool may_rest(world_plan const& plan) {
    return has_any(
        plan, {trouble::sick, trouble::bad_ranges, trouble::broken_members, trouble::target_dies, trouble::target_hangs,
               trouble::target_restarts, trouble::target_lost, trouble::joins, trouble::stalls, trouble::slow_target});
}

// Without retries, the server's own timeouts apply: 20 s per hole, six of them, or a silent link.
constexpr auto own_verdict = 155s;

bool waits_for_verdicts(world_plan const& plan) {
    return (!plan.hedging || plan.retry.attempts <= 1) && (may_rest(plan) || is_restless(plan));
}

struct tally {
    double bytes = 0;
    unsigned entries = 0;
    unsigned bad = 0;
    unsigned absent = 0;
    unsigned cold = 0;
    unsigned of_lost = 0;
};

tally count(world_plan const& plan, std::vector<modelled_entry> const& modelled, losses const& lost) {
    tally out;
    for (auto const& w : modelled) {
        ++out.entries;
        out.bytes += 512 + static_cast<double>(w.bytes);
        out.absent += w.right() == sample_status::missing || (w.of->cold_at_first && !plan.cold_gets);
        out.bad += w.right() != sample_status::delivered;
        out.cold += w.of->cold_at_first;
        out.of_lost += lost.targets.contains(w.of->place);
    }
    return out;
}

}  // namespace

namespace {

// For a batch that has the memory to itself.
duration own_time(world_plan const& plan, contents const& what, losses const& lost, std::size_t batch,
                  duration started) {
    auto const mine = count(plan, what.batches[batch], lost);
    tally all;
    for (std::size_t b = 0; b <= batch; ++b) {
        auto const one = count(plan, what.batches[b], lost);
        all.bytes += one.bytes;
        all.entries += one.entries;
        all.cold += one.cold;
        all.bad += one.bad;
    }

    // The hops of a few requests, and the tail of 100 ms of two.
    auto out = 1s + 20 * plan.hop;
    // The server's time: two targets may each take all of it, one after another.
    out += 4 * plan.gap * mine.entries;
    // The wire; half of the bytes are requested again.
    auto const slowest = plan.rate * (plan.has(trouble::slow_links) ? 0.02 : 1);
    out += of_seconds(2 * mine.bytes / slowest);
    // A slow target: its answer is late after 5 s at most, and another target answers.
    if (plan.has(trouble::slow_target))
        out += plan.targets > 1 && plan.hedging ? duration(15s) : 300 * 2 * plan.gap * mine.entries;
    // Earlier batches may have to be taken first; under a tight budget they are also fetched first.
    if (plan.consumer_rate > 0) out += of_seconds(2 * all.entries / plan.consumer_rate);
    // The same if single samples exceed the budget. Then they are requested in parts, of one entry at worst, each with
    // its tail.
    if (has_any(plan, {trouble::tight_memory, trouble::large})) {
        auto const part = std::clamp<double>(static_cast<double>(plan.budget) / 4, 64 << 10, 32 << 20);
        auto const parts = std::min<double>(all.entries, all.entries / 8. + 2 * all.bytes / part) + 10;
        out += of_seconds(2 * all.bytes / slowest + 0.2 * parts);
    }

    // A sick target is known after two stalled answers; each is detected after 1 s if streamed and 5 s if not, and its
    // entries are requested elsewhere: 1.5 s more. At worst one batch finds all sick targets.
    if (may_rest(plan)) out += plan.streaming ? 8s : 18s;
    if (plan.has(trouble::sick))
        out += std::lround(std::ceil(plan.sick_share * plan.targets)) * (plan.streaming ? 3s : 14s);
    // A bad entry is requested by plain GET when an answer stalls at it for 1 s; the next one of the same answer is
    // found when the rest is requested again: 1.5 s each, and ever more at once if there are many; but in strict mode
    // one by one.
    out += plan.strict ? 2s * mine.bad : 1500ms * std::min(mine.bad, 16u);
    // Its owner answers immediately, except for damage without a message, which is tried three to five times, 0.5 s
    // apart.
    if (mine.bad > 0) out += 3s;
    // A stream between two targets that a damaged member has broken stays broken for ten minutes. In strict mode, the
    // entries of such a stream are found one by one.
    if (plan.has(trouble::broken_members)) out += plan.strict ? 20s + 1500ms * mine.entries : duration(20s);
    // A backend takes 3 s per object, 32 at once; a shard's other members follow its first, and look-ahead finds cold
    // entries in steps of 8.
    if (all.cold > 0) out += 3s * (4 + all.cold / 32) + 2s * (mine.cold / 8);

    // Temporary troubles are over when the world is calm. Then the longest wait between two attempts (10 s) may have
    // just begun, a proxy or target may be avoided for as long as it was bad before, and a plain GET may stall for 40
    // s.
    if (is_restless(plan)) out += std::max<duration>(plan.calm + 10s - started, 0s) + 45s;
    // "Missing" is uncertain for 90 s after each change of the map, the last one at the end of the trouble; for 5
    // minutes if a target is lost or out of service. Objects have moved after 60 s.
    if (map_changes(plan)) {
        bool const fewer = has_any(plan, {trouble::target_lost, trouble::leaves});
        out += mine.absent > 0 ? (fewer ? duration(310s) : duration(110s)) : duration(70s);
    }
    // Entries of a target that does not return are tried for 5 minutes after the last good one.
    if (mine.of_lost > 0) out += 310s + 90s;
    if (waits_for_verdicts(plan)) out += own_verdict * (plan.retry.attempts <= 1 ? 1 : 2);
    // The sums above are of typical times; add chance.
    return out + out / 5;
}

}  // namespace

duration longest_time(world_plan const& plan, contents const& what, losses const& lost, std::size_t batch,
                      duration started) {
    auto out = own_time(plan, what, lost, batch, started);
    // If memory is short, the first batch has it, and a batch may have to wait for earlier ones: each of these has been
    // in flight for some time, so the sum of their maximum times is not needed. Only holes add up: a later batch meets
    // its own when it has the memory to request.
    if (has_any(plan, {trouble::tight_memory, trouble::large})) {
        duration longest{0};
        for (std::size_t b = 0; b < batch; ++b) longest = std::max(longest, own_time(plan, what, lost, b, started));
        out += longest;
        if (waits_for_verdicts(plan)) out += own_verdict * batch;
    }
    return out;
}

double most_requests(world_plan const& plan, contents const& what, losses const& lost, std::size_t batch,
                     duration started, duration took) {
    auto const mine = count(plan, what.batches[batch], lost);
    // Twice for everything in parts that fit; a bad entry costs its own GETs and a split or a request for the rest.
    auto out = 6 + 2.0 * mine.entries + 8.0 * mine.bad;
    // A refused entry is found by halving.
    if (plan.has(trouble::refused_entries)) out += 8.0 * mine.bad;
    // An answer larger than the memory is aborted, and requested with twice the memory the next time.
    if (has_any(plan, {trouble::tight_memory, trouble::large})) out += 2.0 * mine.entries + 12;
    // Attempts for an entry, or for entries requested with it, are on average 50 ms apart at first and 5 s later.
    if (is_restless(plan)) {
        auto const restless = std::clamp(seconds(plan.calm + 10s - started), 0.0, seconds(took));
        out += mine.entries * (16 + restless) + 30;
    }
    // An uncertain "missing" is asked about every 1 to 2 s, with a probe and its hedge if a target was sick.
    if (map_changes(plan) || mine.of_lost > 0) out += mine.entries * (20 + 2 * seconds(took));
    if (plan.has(trouble::broken_members)) out += 3.0 * mine.entries;
    // Three cuts; then received bytes are kept.
    if (plan.cut_every > 0) out += 3 * mine.entries + 3 * mine.bytes / static_cast<double>(plan.cut_every);
    return out;
}

std::size_t most_memory(world_plan const& plan, contents const& what) {
    // Requests at one time fit the budget, except one part more than is known to fit, and what the first batch needs;
    // larger samples than expected are detected on arrival.
    std::uint64_t largest = 0;
    for (auto const& o : what.objects) largest = std::max(largest, o->bytes);
    auto const part = std::clamp<std::size_t>(plan.budget / 4, 64 << 10, std::size_t{32} << 20);
    // Up to eight objects of unknown size may be requested by plain GET at once, and keep what they received.
    return plan.budget + 2 * part + (plan.has(trouble::large) ? 8 : 2) * largest;
}

}  // namespace aisle::simulation
