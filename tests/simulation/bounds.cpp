// What a batch may cost, and why. The figures are what the design promises, not what is measured today; where they were
// first too tight, either the machine was mended or the reason stands here.
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

// Troubles that come and go until the world is calm.
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

// An answer may rest where nobody answers for an entry: a sick target, a stopped sender, a broken stream, a lost peer.
bool may_rest(world_plan const& plan) {
    return has_any(
        plan, {trouble::sick, trouble::bad_ranges, trouble::broken_members, trouble::target_dies, trouble::target_hangs,
               trouble::target_restarts, trouble::target_lost, trouble::joins, trouble::stalls, trouble::slow_target});
}

// Without leave to ask twice the server's own verdict is waited for: 20 s a hole, six of them, or a silent link.
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

tally count(world_plan const& plan, std::vector<wish> const& wishes, losses const& lost) {
    tally out;
    for (auto const& w : wishes) {
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

// Of a batch that has the memory to itself.
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
    // What the server needs: two targets may take all of it one after the other.
    out += 4 * plan.gap * mine.entries;
    // The wire, where half of what came is asked for again.
    auto const slowest = plan.rate * (plan.has(trouble::slow_links) ? 0.02 : 1);
    out += of_seconds(2 * mine.bytes / slowest);
    // A slow target: an answer by it is late after 5 s at most, and then another one's.
    if (plan.has(trouble::slow_target))
        out += plan.targets > 1 && plan.hedging ? duration(15s) : 300 * 2 * plan.gap * mine.entries;
    // Those before it may have to be taken first; under a tight budget they are also fetched first.
    if (plan.consumer_rate > 0) out += of_seconds(2 * all.entries / plan.consumer_rate);
    // The same where single ones are larger than the budget. Then they are asked for in parts, of one entry at worst,
    // each of which has its tail.
    if (has_any(plan, {trouble::tight_memory, trouble::large})) {
        auto const part = std::clamp<double>(static_cast<double>(plan.budget) / 4, 64 << 10, 32 << 20);
        auto const parts = std::min<double>(all.entries, all.entries / 8. + 2 * all.bytes / part) + 10;
        out += of_seconds(2 * all.bytes / slowest + 0.2 * parts);
    }

    // A sick target is known after two answers that rested; each is seen after 1 s where it is streamed and after 5 s
    // where it is not, and what rests is asked for elsewhere: 1.5 s more. At worst one batch finds out for all of them.
    if (may_rest(plan)) out += plan.streaming ? 8s : 18s;
    if (plan.has(trouble::sick))
        out += std::lround(std::ceil(plan.sick_share * plan.targets)) * (plan.streaming ? 3s : 14s);
    // A bad entry is asked for alone when an answer rests at it for 1 s; the next one of the same answer is found when
    // the rest of it is asked for again: 1.5 s each, and ever more at once where there are many, but strictly one by
    // one.
    out += plan.strict ? 2s * mine.bad : 1500ms * std::min(mine.bad, 16u);
    // Its owner's words are had at once, but for damage without words, which is tried three to five times 0.5 s apart.
    if (mine.bad > 0) out += 3s;
    // A stream between two targets that a damaged member has broken stays so for ten minutes.
    // Strictly, what such a stream should bring is found one by one.
    if (plan.has(trouble::broken_members)) out += plan.strict ? 20s + 1500ms * mine.entries : duration(20s);
    // A cloud takes 3 s for an object, 32 at once; a shard's other members follow its first, and look-ahead finds what
    // is cold in steps of 8.
    if (all.cold > 0) out += 3s * (4 + all.cold / 32) + 2s * (mine.cold / 8);

    // What comes and goes is over when the world is calm. Then the longest wait between two attempts (10 s) may have
    // just begun, a proxy or target be left alone for as long as it was bad before, and a plain GET rest for 40 s.
    if (is_restless(plan)) out += std::max<duration>(plan.calm + 10s - started, 0s) + 45s;
    // "Missing" is doubted for 90 s after each change of the map, the last of them at the end of the trouble; for 5
    // minutes where a target is lost or out of service. What moves is there after 60 s.
    if (map_changes(plan)) {
        bool const fewer = has_any(plan, {trouble::target_lost, trouble::leaves});
        out += mine.absent > 0 ? (fewer ? duration(310s) : duration(110s)) : duration(70s);
    }
    // Entries of a target that does not come back are tried for 5 minutes after the last good one.
    if (mine.of_lost > 0) out += 310s + 90s;
    if (waits_for_verdicts(plan)) out += own_verdict * (plan.retry.attempts <= 1 ? 1 : 2);
    // The sums above are of what is usual: chance adds to it.
    return out + out / 5;
}

}  // namespace

duration longest_time(world_plan const& plan, contents const& what, losses const& lost, std::size_t batch,
                      duration started) {
    auto out = own_time(plan, what, lost, batch, started);
    // Where memory is short it is the head's, and a batch may have to wait for those before it: each of them has been
    // under way for some time, so not for the sum of what they may take. Only holes do add up: a later batch meets its
    // own when it has the memory to ask.
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
    // Twice for all of it in parts that fit, and a bad entry costs its own GETs and a split or a request for the rest.
    auto out = 6 + 2.0 * mine.entries + 8.0 * mine.bad;
    // A refused entry is found by halving.
    if (plan.has(trouble::refused_entries)) out += 8.0 * mine.bad;
    // What is larger than there is room for is broken off, and asked for with twice the room the next time.
    if (has_any(plan, {trouble::tight_memory, trouble::large})) out += 2.0 * mine.entries + 12;
    // Attempts at an entry, or at what is asked for together with it, are 50 ms apart on average at first and 5 s
    // later.
    if (is_restless(plan)) {
        auto const restless = std::clamp(seconds(plan.calm + 10s - started), 0.0, seconds(took));
        out += mine.entries * (16 + restless) + 30;
    }
    // What is doubted is asked about every 1 to 2 s, by a probe and its twin where a target was sick.
    if (map_changes(plan) || mine.of_lost > 0) out += mine.entries * (20 + 2 * seconds(took));
    if (plan.has(trouble::broken_members)) out += 3.0 * mine.entries;
    // Three cuts, and then what came stays.
    if (plan.cut_every > 0) out += 3 * mine.entries + 3 * mine.bytes / static_cast<double>(plan.cut_every);
    return out;
}

std::size_t most_memory(world_plan const& plan, contents const& what) {
    // What is asked for at once fits the budget, but for a part more than is known to fit, and for what the head of the
    // order needs; samples that turn out larger than expected are seen when they come.
    std::uint64_t largest = 0;
    for (auto const& o : what.objects) largest = std::max(largest, o->bytes);
    auto const part = std::clamp<std::size_t>(plan.budget / 4, 64 << 10, std::size_t{32} << 20);
    // An object whose size nobody told may be asked for alone beside others, and what came of it stays: so of eight.
    return plan.budget + 2 * part + (plan.has(trouble::large) ? 8 : 2) * largest;
}

}  // namespace aisle::simulation
