// The consequences of a request's end: for the proxy, the target and the limiter, and for the entries not received.
#include "batch_machine.hpp"

#include <aisle/http/saturating_time.hpp>
#include <aisle/slab.hpp>

#include <algorithm>

namespace aisle::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Bad responses to a plain GET, without a stated reason, before the entry itself is at fault.
constexpr unsigned most_strikes = 5;
// The same for responses with wrong bytes.
constexpr unsigned most_strikes_of_bytes = 2;
// Responses to a plain GET cut at the same byte in a row, with or without new bytes. A link does not fail twice at the
// same byte: the object is damaged, or its owner cannot read it.
constexpr unsigned most_cuts = 3;
constexpr unsigned most_empty_cuts = 8;
// Get-Batch requests cut by the link at the same entry, before a plain GET, which keeps the bytes received.
constexpr unsigned most_stops = 3;
// AIStore behaviour: a response ends after its 8th missing entry. No node is at fault.
constexpr unsigned soft_errors = 8;
// For faults that are probably an entry's own: waiting longer would not help.
constexpr milliseconds longest_wait_for_an_entry{500};
// Maximum number of entries taken out of Get-Batch at once when requests fail.
constexpr unsigned most_at_once = 16;

}  // namespace

void batch_machine::ended(std::uint32_t id, std::optional<error> fault, std::optional<milliseconds> retry_after,
                          std::string_view full_target, time_point now) {
    now_ = now;
    dirty_ = true;
    auto const found = std::ranges::find(requests_, id, &request::id);
    if (found == requests_.end()) return;
    auto r = std::move(*found);
    requests_.erase(found);
    for (auto const e : r.entries)
        if (is_open(e) && entries_[e].covered > 0) --entries_[e].covered;
    if (r.is_cold) --cluster_.cold_under_way;

    auto nature = fault ? nature_in(r, *fault) : fault_nature::answer;
    if (r.dropped) nature = r.in_vain ? fault_nature::link : fault_nature::cancelled;
    learn_from(r, !fault, nature, now);
    if (fault && !r.dropped) {
        note_proxy(r, *fault, nature, now);
        auto const code = fault->code;
        bool const node_is_silent = code == errc::connect_failed || code == errc::connect_timeout ||
                                    code == errc::first_byte_timeout ||
                                    (code == errc::connection_lost && r.target.empty());
        if (nature == fault_nature::cluster || node_is_silent) cluster_.view.disturbed(now);
        if (nature == fault_nature::busy) note_busy(full_target, retry_after, now);
        // It waits for its consumer, or for requests that hold the descriptors, not for the cluster.
        if (nature == fault_nature::memory) news_at_ = now;
        if (is_short_of_descriptors(*fault) && cluster_.limiter.under_way() > 0) news(now);
    }
    if (cancelled_) return;
    if (r.in_vain && (!fault || fault->code == errc::cancelled))
        fault = r.target.empty()
                    ? error{errc::first_byte_timeout, stage::response, r.proxy.authority() + " did not respond in time"}
                    : error{errc::idle_timeout, stage::response, "the response stalled for too long"};
    if (r.form == request_form::plain)
        plain_ended(r, std::move(fault), retry_after, now);
    else
        batch_ended(r, std::move(fault), retry_after, full_target, now);
}

// A proxy's 5xx is no evidence against an entry.
fault_nature batch_machine::nature_in(request const& r, error const& fault) const {
    auto const out = nature_of(fault, r.form == request_form::plain);
    bool const by_proxy = r.target.empty() && fault.http_status >= 500;
    return by_proxy && out == fault_nature::answer ? fault_nature::cluster : out;
}

// ---- consequences for the nodes

void batch_machine::note_proxy(request const& r, error const& fault, fault_nature nature, time_point now) {
    if (!r.has_sent || !r.target.empty()) return;
    if (fault.http_status != 0 || fault.where == stage::redirect) cluster_.proxies.heard();
    if (fault.http_status != 0) {
        bool const unwell = fault.http_status >= 500 || fault.http_status == 409 ||
                            (fault.http_status == 400 && nature == fault_nature::cluster);
        if (unwell && fault.http_status != 503)
            cluster_.proxies.failed(r.proxy, now);
        else
            cluster_.proxies.answered(r.proxy, now - r.sent_at, now);
    } else if (nature == fault_nature::link) {
        cluster_.proxies.failed(r.proxy, now);
        map_wanted_ = true;  // the cluster may have a new primary proxy
    }
}

// AIStore behaviour: a 429 that names a target concerns only that target's pending requests, not the other targets'.
void batch_machine::note_busy(std::string_view full_target, std::optional<milliseconds> retry_after, time_point now) {
    if (!full_target.empty()) {
        cluster_.targets.was_full(full_target, now);
        if (!cluster_.targets.most_are_full(now)) return;
    }
    cluster_.limiter.refused(now, retry_after);
}

void batch_machine::learn_from(request const& r, bool whole, fault_nature nature, time_point now) {
    if (r.target.empty()) return;
    auto& targets = cluster_.targets;
    bool const answered = all_answered(r);
    if (r.form == request_form::plain) {
        if (nature == fault_nature::link && !r.dropped) map_wanted_ = true;
        return;
    }
    auto const n = r.entries.size();
    auto const rest = now - r.progress_at;
    if (answered && (whole || r.answered_at)) {
        auto const took = r.answered_at.value_or(now) - r.followed_at;
        if (r.dropped && !r.answered_at)
            targets.beaten(r.target, n, took, r.rested, now);
        else
            targets.succeeded(r.target, n, took, r.rested, now);
    } else if (answered) {
        // Others were faster. This one may have been about to respond, or hanging.
        if (rest > targets.rest_limit(is_streamed(r)))
            targets.failed(r.target, now);
        else
            targets.beaten(r.target, n, now - r.followed_at, r.rested, now);
    } else if (nature == fault_nature::link && !(r.dropped && r.rescued_at != SIZE_MAX)) {
        targets.failed(r.target, now);
        map_wanted_ = true;
    }
    if (r.is_probe) targets.probe_over(r.target, now);
}

// ---- consequences for the entries of a Get-Batch request

bool batch_machine::exhausted(unsigned attempt, time_point now) const noexcept {
    return !may_retry() || attempt >= rules_.retry.attempts || now >= gives_up_at();
}

batch_machine::time_point batch_machine::gives_up_at() const noexcept {
    auto const of_batch = http::after(news_at_, rules_.retry.elapsed);
    auto const unreached = cluster_.proxies.unreached_since();
    return unreached ? std::min(of_batch, http::after(*unreached, rules_.retry.unreached)) : of_batch;
}

entry_indices batch_machine::still_in_batch(entry_indices const& of, bool uncovered) const {
    entry_indices out;
    out.reserve(of.size());
    for (auto const e : of)
        if (is_to_be_asked_by_batch(e, uncovered)) out.push_back(e);
    return out;
}

std::size_t batch_machine::count_in_batch(entry_indices const& of) const noexcept {
    auto const n = std::ranges::count_if(of, [this](auto const e) { return entries_[e].is == place::batch; });
    return static_cast<std::size_t>(n);
}

void batch_machine::batch_ended(request& r, std::optional<error> fault, std::optional<milliseconds> retry_after,
                                std::string_view full_target, time_point now) {
    if (!fault && !r.dropped) rests_ /= 2;
    if (all_answered(r)) {
        // Found after the last sample: all samples are good, but the response was not.
        if (fault && !r.dropped && !fault_ && r.position == r.entries.size()) fault_ = std::move(fault);
        return;
    }
    if (r.dropped && !r.in_vain) return;
    if (auto* const first = r.is_hedge ? find(r.beside) : nullptr; first && first->hedges > 0) {
        // The slot is free for another hedge, which avoids what is known by now.
        --first->hedges;
        first->hedge_not_before = now;
        if (!r.in_vain && r.brought == 0)
            first->hedge_not_before = now + backoff(rules_.retry, ++first->hedges_failed, draw_(), retry_after);
    }
    auto nature = fault ? nature_in(r, *fault) : fault_nature::bytes;
    if (!fault) {
        auto const open = std::ranges::find_if(r.entries, [this](auto e) { return entries_[e].is == place::batch; });
        if (open == r.entries.end()) return;
        auto const tentative = tentative_failures_.find(*open);
        fault = tentative != tentative_failures_.end()
                    ? *tentative->second
                    : error{errc::short_batch, stage::assemble, "the response has no member for an entry"};
    }
    recover(r, std::move(*fault), nature, retry_after, !full_target.empty(), now);
}

void batch_machine::recover(request& r, error why, fault_nature nature, std::optional<milliseconds> retry_after,
                            bool target_full, time_point now) {
    auto const attempt = r.from.news == news_ ? r.from.attempt : 1;
    auto const open = still_in_batch(r.entries, false);
    if (open.empty()) return;
    if (nature == fault_nature::final && may_retry()) return give_up(why);
    if (exhausted(attempt, now) && nature != fault_nature::memory) {
        fail_all(still_in_batch(r.entries, true), why);
        return;
    }
    if (nature != fault_nature::memory) note_trouble(why);

    // Evidence first, whatever else is in flight for the same entries.
    bool const began = !r.target.empty();
    auto const at_position = std::min(r.position, r.entries.size());
    auto const stuck = std::find_if(r.entries.begin() + static_cast<std::ptrdiff_t>(at_position), r.entries.end(),
                                    [this](auto e) { return entries_[e].is == place::batch; });
    for (auto const e : open)
        if (entries_[e].bad_payloads > 0) put_alone(e, reason::evidence, now);
    // Without cold GETs, entries that may be missing are not requested by plain GET, which would fetch them.
    bool const by_misses = !rules_.cold_gets && r.claims >= soft_errors;
    if (by_misses) {
        // The next round begins at the entry it stopped at.
    } else if (nature == fault_nature::answer || (nature == fault_nature::bytes && stuck != r.entries.end())) {
        // If whole requests fail, take out ever more entries.
        auto count = rules_.cont_on_err ? std::min(1u << std::min(rounds_, 4u), most_at_once) : 1u;
        if (r.brought == 0) ++rounds_;
        for (auto e = stuck; e != r.entries.end() && count > 0; ++e)
            if (entries_[*e].is == place::batch) {
                put_alone(*e, reason::evidence, now, e == stuck && r.claims < soft_errors ? r.target : std::string());
                --count;
            }
    } else if (nature == fault_nature::link && began && stuck != r.entries.end()) {
        auto& state = entries_[*stuck];
        state.stops = static_cast<std::uint8_t>(std::min(state.stops + 1, 255));
        if (state.stops >= most_stops) put_alone(*stuck, reason::evidence, now);
    }

    // Then request the remaining entries again, unless they are in flight elsewhere.
    piece next = r.from;
    next.entries = still_in_batch(r.entries, true);
    if (next.entries.empty()) return;
    next.attempt = attempt;
    next.again = nature != fault_nature::memory;
    next.sequel = false;
    next.last = why;
    if (nature != fault_nature::busy) next.full = 0;
    next.avoid = r.in_vain && !r.target.empty() ? r.target : std::string();
    switch (nature) {
        case fault_nature::answer:
        case fault_nature::bytes:
            next.troubled = true;
            next.not_before = now + backoff(rules_.retry, std::min(attempt, 3u), draw_(), retry_after);
            break;
        case fault_nature::busy:
            next.not_before = now + backoff(rules_.retry, attempt, draw_(), retry_after);
            if (!target_full || cluster_.targets.most_are_full(now)) break;
            // One target is full: soon draw another. This is no evidence against the entries.
            next.attempt = attempt > 0 ? attempt - 1 : 0;
            next.not_before = now + milliseconds(1 + static_cast<int>(draw_() * (10 << std::min(next.full, 5u))));
            ++next.full;
            break;
        case fault_nature::entry:
        case fault_nature::bucket: return refused_as_a_whole(r, std::move(next), why, nature);
        case fault_nature::memory:
            // When enough memory for more than expected is free. This is no evidence against the cluster.
            next.least_bytes = 2 * std::max(r.bytes, slab_pool::min_slab_bytes);
            next.attempt = attempt > 0 ? attempt - 1 : 0;
            break;
        case fault_nature::link:
            // Dropped because it or its proxy stalled: send it to another node immediately.
            next.not_before = r.in_vain ? now : now + backoff(rules_.retry, attempt, draw_(), retry_after);
            if (r.in_vain) next.attempt = std::max(next.attempt, 1u);
            break;
        default: next.not_before = now + backoff(rules_.retry, attempt, draw_(), retry_after);
    }
    next.not_before = std::min(next.not_before, gives_up_at());
    add_piece(std::move(next));
}

// The server refuses the request without naming the entry.
void batch_machine::refused_as_a_whole(request& r, piece next, error const& why, fault_nature nature) {
    auto left = std::exchange(next.entries, {});
    auto const bucket_of = [this](std::uint32_t e) -> std::string const& { return at(e).bucket; };
    bool const one_bucket =
        std::ranges::all_of(left, [&](std::uint32_t e) { return bucket_of(e) == bucket_of(left.front()); });
    if (nature == fault_nature::bucket && one_bucket) return fail_all(left, why);
    if (nature == fault_nature::entry && left.size() == 1) return put_alone(left.front(), reason::evidence, now_);
    // A target refuses a multipart request for one bad entry; a streamed response ends at that entry.
    if (nature == fault_nature::entry && !r.target.empty() && !is_streamed(r)) {
        next.troubled = true;
        next.entries = std::move(left);
        add_piece(std::move(next));
        return;
    }
    auto const middle = left.size() / 2;
    auto const& first_bucket = bucket_of(left.front());
    piece others = next;
    for (std::size_t i = 0; i < left.size(); ++i) {
        bool const here = nature == fault_nature::bucket ? bucket_of(left[i]) == first_bucket : i < middle;
        (here ? next : others).entries.push_back(left[i]);
    }
    add_piece(std::move(next));
    add_piece(std::move(others));
}

// ---- consequences for an entry that was requested by plain GET

void batch_machine::plain_ended(request& r, std::optional<error> fault, std::optional<milliseconds> retry_after,
                                time_point now) {
    auto const entry = r.entries.front();
    auto const found = alone_.find(entry);
    if (found == alone_.end()) return;  // answered, or claimed to be missing
    auto& job = found->second;
    job.under_way = false;
    if (r.dropped && !r.in_vain) return;

    auto const tentative = tentative_failures_.find(entry);
    auto const why = fault ? std::move(*fault)
                           : (tentative != tentative_failures_.end()
                                  ? *tentative->second
                                  : error{errc::short_batch, stage::assemble, "the object did not arrive"});
    auto const nature = fault ? nature_in(r, why) : fault_nature::bytes;
    job.attempt = job.news == news_ ? job.attempt : 1;
    auto const fails = [&] {
        // The owner's own error replaces earlier reports; but "missing" is kept if only the link failed.
        bool const is_owners = nature != fault_nature::link && nature != fault_nature::cluster;
        if (auto const own = tentative_failures_.find(entry);
            own != tentative_failures_.end() && (is_owners || own->second->code != errc::missing))
            tentative_failures_.erase(own);
        fail(entry, why);
    };
    if (exhausted(job.attempt, now) && nature != fault_nature::memory) {
        // Giving up is not progress: other lost entries must not wait that long again.
        auto const before = news_at_;
        fails();
        news_at_ = before;
        return;
    }
    if (nature != fault_nature::memory) note_trouble(why);
    auto const wait = backoff(rules_.retry, job.attempt, draw_(), retry_after);
    auto const shorter = std::min<duration>(wait, longest_wait_for_an_entry);
    switch (nature) {
        case fault_nature::entry:
        case fault_nature::bucket: return fails();
        case fault_nature::final: return give_up(why);
        case fault_nature::answer:
            // An object that exceeds our size limit always will.
            if (why.code == errc::limit_exceeded || ++job.strikes >= most_strikes) return fails();
            job.not_before = now + shorter;
            break;
        case fault_nature::bytes:
            if (++job.strikes >= most_strikes_of_bytes) return fails();
            job.not_before = now + shorter;
            break;
        case fault_nature::memory:
            job.least_bytes = r.size_told
                                  ? r.bytes
                                  : 2 * std::max<std::size_t>(r.bytes, static_cast<std::size_t>(r.have.value_or(0)));
            job.attempt = 0;
            job.not_before = now + 20ms;
            break;
        case fault_nature::link:
            job.not_before = now + wait;
            if (!r.have || r.dropped) break;
            job.cuts = job.cuts > 0 && job.cut_at == *r.have ? job.cuts + 1 : 1;
            job.cut_at = *r.have;
            if (job.cuts >= (r.came > 0 ? most_cuts : most_empty_cuts)) {
                tentative_failures_.erase(entry);  // it exists, but cannot be read
                return fails();
            }
            if (job.cuts > 1) job.not_before = now + shorter;
            break;
        default: job.not_before = now + wait;
    }
    job.not_before = std::min(job.not_before, gives_up_at());
}

}  // namespace aisle::detail
