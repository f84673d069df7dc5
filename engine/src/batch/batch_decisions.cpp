// Decisions over time: late and stalled responses, and what to request next.
#include "../entry/expectation.hpp"
#include "batch_machine.hpp"

#include <aisle/slab.hpp>

#include <algorithm>

namespace aisle::detail {
namespace {

using namespace std::chrono_literals;

// Maximum Get-Batch requests of one batch in flight, without hedges.
constexpr std::ptrdiff_t most_requests = 4;
// Maximum hedges of one request. AIStore draws a target for each; if three are slow, the cluster is, not a target.
constexpr unsigned most_hedges = 2;
// Maximum plain GETs of one batch in flight. Those for cold objects are limited for the whole engine instead.
constexpr std::ptrdiff_t most_alone = 8;
// The same for a batch in that form.
constexpr std::ptrdiff_t most_objects = 32;
// The consumer frees memory without notification, so waiters poll.
constexpr auto memory_poll = 20ms;
constexpr auto hedge_poll = 50ms;
constexpr std::chrono::nanoseconds least_grace = 100ms;
// Maximum number of further entries that one stall takes out of Get-Batch.
constexpr unsigned most_taken_out = 15;
// A plain GET that stalls for longest_rest, doubled with each attempt, is repeated. A backend may take longer.
constexpr std::chrono::nanoseconds longest_plain_rest = 60s;

}  // namespace

std::optional<batch_action> batch_machine::next(batch_surroundings const& s) {
    if (pending_.empty() && (dirty_ || s.now >= wake_)) decide(s);
    if (pending_.empty()) return std::nullopt;
    auto out = std::move(pending_.front());
    pending_.pop_front();
    return out;
}

void batch_machine::decide(batch_surroundings const& s) {
    now_ = s.now;
    dirty_ = false;
    wake_ = time_point::max();
    room_left_ = s.room_bytes;
    if (cancelled_) {
        if (requests_.empty()) give_up(*cancelled_);
        return;
    }
    for (auto& r : requests_)
        if (!r.dropped) check_request(r, s);
    if (answered()) return;
    check_claims(s.now);
    start_plain(s);
    start_pieces(s);
}

void batch_machine::check_request(request& r, batch_surroundings const& s) {
    bool const answered = all_answered(r);
    // No longer needed, unless only the end of the response is unread.
    if (answered && r.position < r.entries.size()) return drop(r, false);
    if (s.now - r.made >= rules_.request_timeout) return drop(r, true);
    wake_at(r.made + rules_.request_timeout);
    if (answered || !r.has_sent) return;
    if (r.target.empty()) return check_proxy(r, s.now);
    if (cluster_.view.has_left(r.target) && s.now - r.progress_at >= cluster_.targets.rest_limit(true))
        return drop(r, true);
    if (r.form == request_form::plain) {
        if (r.by_choice) hedge_late_object(r, s);
        return check_plain_stall(r, s.now);
    }
    if (r.is_probe && !std::exchange(r.has_twin, true)) hedge(r, still_in_batch(r.entries, false), s.now);
    if (may_retry()) check_stall(r, s.now);
    if (!r.dropped) check_lateness(r, s);
}

// A proxy that does not respond at all is sick: all its requests move to the next one. If it responds to others, it
// waits for a hanging target (AIStore behaviour), and a new request finds another target.
void batch_machine::check_proxy(request& r, time_point now) {
    auto& proxies = cluster_.proxies;
    auto const waited = now - r.sent_at;
    auto const redraw = proxies.redraw_after(rules_.proxy_timeout);
    auto const limit = proxies.limit(rules_.proxy_timeout);
    bool const silent = proxies.is_silent(r.proxy, r.sent_at);
    if (waited >= limit) {
        if (silent) {
            proxies.failed(r.proxy, now);
            cluster_.view.disturbed(now);
            map_wanted_ = true;
        }
        return drop(r, true);
    }
    if (waited >= redraw && may_retry()) {
        if (proxies.has_failed_since(r.proxy, r.sent_at)) return drop(r, true);
        if (!silent && cluster_.budget.affords(1)) {
            cluster_.budget.spend(1);
            return drop(r, true);
        }
        return wake_at(std::min(r.sent_at + limit, now + 100ms));
    }
    wake_at(r.sent_at + (waited < redraw ? redraw : limit));
}

// Keeps the bytes received so far.
void batch_machine::check_plain_stall(request& r, time_point now) {
    if (!may_retry()) return;
    auto const entry = r.entries.front();
    auto const job = alone_.find(entry);
    auto const doublings = job == alone_.end() || job->second.attempt == 0 ? 0u : std::min(job->second.attempt - 1, 4u);
    bool const by_cloud = r.came == 0 && has_backend(at(entry).bucket).value_or(false);
    auto const limit = by_cloud ? longest_plain_rest
                                : std::min<duration>(target_book::longest_rest * (1 << doublings), longest_plain_rest);
    if (now - r.progress_at >= limit) return drop(r, true);
    wake_at(std::min(r.progress_at + limit, now + 1s));
}

// If an object stalls longer than usual, hedges it by Get-Batch, which takes another path.
void batch_machine::hedge_late_object(request& r, batch_surroundings const& s) {
    if (!rules_.hedging || r.hedges > 0 || r.hedges_failed >= most_hedges) return;
    auto const due = std::max(r.progress_at + cluster_.targets.rest_limit(true), r.hedge_not_before);
    if (s.now < due) return wake_at(due);
    bool const room = room_left_ > 0 || s.must_go_on;
    if (!room || !cluster_.has_capacity(s.now) || !cluster_.budget.affords(1)) return wake_at(s.now + hedge_poll);
    cluster_.budget.spend(1);
    r.hedge_not_before = s.now + target_book::longest_rest;
    hedge(r, r.entries, s.now);
}

// Law 2. Requests the entry at which a response stalls by plain GET; later entries continue without it.
void batch_machine::check_stall(request& r, time_point now) {
    auto const limit = cluster_.targets.rest_limit(is_streamed(r));
    auto const due = r.progress_at + limit;
    if (now < due) return wake_at(due);
    if (!is_streamed(r)) return;  // the position of the stall is unknown: a streamed hedge finds it
    auto const stuck = std::find_if(r.entries.begin() + static_cast<std::ptrdiff_t>(r.position), r.entries.end(),
                                    [this](auto e) { return is_open(e); });
    if (!r.rescue_began) {
        if (stuck == r.entries.end()) return;
        auto const longest = r.progress_at + target_book::longest_rest;
        if (entries_[*stuck].is == place::batch) {
            bool const waits = cluster_.targets.is_proven(r.target) && !cluster_.budget.affords(1);
            if (waits && now < longest) return wake_at(std::min(longest, now + hedge_poll));
            cluster_.budget.spend(1);
            put_alone(*stuck, reason::rescue, now, r.target);
            // If responses stall repeatedly (a stream between two targets that is broken for minutes), takes more and
            // more entries out of them. They are requested instead of the rest of the response, not in addition to it.
            auto more = rules_.cont_on_err ? std::min((1u << std::min(rests_, 4u)) - 1, most_taken_out) : 0u;
            ++rests_;
            for (auto e = stuck + 1; e != r.entries.end() && more > 0; ++e)
                if (entries_[*e].is == place::batch) {
                    put_alone(*e, reason::rescue, now);
                    --more;
                }
        }
        r.rescued_at = static_cast<std::size_t>(stuck - r.entries.begin());
        r.rescue_began = now;
        r.rescue_answered.reset();
        return wake_at(now + std::max<duration>(limit, least_grace));
    }
    // Its entry is answered, or will not be for a while: the remaining entries are requested elsewhere.
    auto const grace = std::max<duration>(limit / 2, least_grace);
    auto const give_up_at = r.rescue_answered ? *r.rescue_answered + grace : *r.rescue_began + 2 * grace;
    if (now < give_up_at || now < r.progress_at + grace) return wake_at(std::max(give_up_at, r.progress_at + grace));
    // The last entry may still arrive here first. But this request holds a slot that the other may need.
    bool const races = count_in_batch(r.entries) == 0 && !r.rescue_answered;
    if (races && now < *r.rescue_began + target_book::longest_rest) return wake_at(now + 1s);
    cluster_.budget.give_back(1);
    drop(r, true);
}

void batch_machine::check_lateness(request& r, batch_surroundings const& s) {
    if (!rules_.hedging || r.hedges >= most_hedges || r.is_hedge) return;
    if (room_left_ == 0 && !s.must_go_on) return wake_at(s.now + hedge_poll);
    auto const left = count_in_batch(r.entries);
    if (left == 0) return;
    auto const late = cluster_.targets.late(r.entries.size());
    auto const stall = r.progress_at + std::max(target_book::longest_rest, 2 * late.value_or(duration::zero()));
    // A multipart response does not show where it stalls. Do not wait for a target that has never responded.
    auto const rests = r.progress_at + cluster_.targets.rest_limit(is_streamed(r));
    bool const unproven = !is_streamed(r) && !cluster_.targets.is_proven(r.target);
    if (unproven && s.now < rests) wake_at(rests);
    bool const stalled = s.now >= stall || (unproven && s.now >= rests);
    bool const is_late = late && s.now >= r.followed_at + *late * (1 + r.hedges);
    if (s.now < r.hedge_not_before) return wake_at(r.hedge_not_before);
    if (s.now < stall) wake_at(stall);
    if (!is_late && !stalled) {
        if (late) wake_at(std::max(r.followed_at + *late * (1 + r.hedges), s.now + 1ms));
        return;
    }
    bool const affordable = cluster_.budget.affords(left);
    if (!cluster_.has_capacity(s.now)) {
        // It may hold the slot that the hedge waits for. Then replace it, later with each attempt.
        auto const replaced_at = stall + target_book::longest_rest * (1 << std::min(r.from.attempt, 5u));
        if (!cluster_.limiter.may_send(s.now) && s.now >= replaced_at) return drop(r, true);
        return wake_at(s.now + hedge_poll);
    }
    if (!affordable && !stalled) return wake_at(s.now + hedge_poll);
    if (affordable) cluster_.budget.spend(left);
    // The next hedge, when this one should have arrived.
    r.hedge_not_before = s.now + (late ? std::max(*late, target_book::least_rest) : target_book::longest_rest);
    hedge(r, still_in_batch(r.entries, false), s.now);
}

void batch_machine::hedge(request& r, entry_indices entries, time_point now) {
    if (entries.empty()) return;
    request twin;
    twin.entries = std::move(entries);
    ++r.hedges;
    ++hedges_;
    twin.is_hedge = true;
    twin.beside = r.id;
    twin.waited = now - r.followed_at;
    twin.form = is_streamed(r) && r.form != request_form::plain ? r.form : request_form::streamed;
    twin.from = r.from;
    twin.from.avoid = r.target;
    start(std::move(twin), now, 0);
}

void batch_machine::drop(request& r, bool in_vain) {
    r.dropped = true;
    r.in_vain = in_vain;
    batch_action a{.what = batch_action::kind::drop};
    a.id = r.id;
    pending_.push_back(std::move(a));
}

void batch_machine::check_claims(time_point now) {
    look_up_buckets(now);
    bool const waiting = std::ranges::any_of(claims_, [](auto const& c) { return !c.second.wants_bucket; });
    if ((!waiting && !map_wanted_) || map_requested_) return;
    if (!cluster_.view.may_fetch(now)) return wake_at(now + cluster_view::least_age);
    map_requested_ = true;
    pending_.push_back({.what = batch_action::kind::refresh_map});
}

std::size_t batch_machine::bytes_of(std::uint32_t entry, batch_surroundings const& s) const {
    // A size made up by the caller must not take the whole budget.
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(size_asked(at(entry)).value_or(s.typical_bytes), s.part_bytes));
}

std::uint32_t batch_machine::first_open() const noexcept {
    while (first_open_ < entries_.size() && !is_open(first_open_)) ++first_open_;
    return first_open_;
}

void batch_machine::add_piece(piece p) {
    auto const after = std::ranges::find_if(pieces_, [&](piece const& other) {
        return !other.entries.empty() && other.entries.front() > p.entries.front();
    });
    pieces_.insert(after, std::move(p));
}

void batch_machine::start_plain(batch_surroundings const& s) {
    if (alone_.empty()) return;
    std::ptrdiff_t under_way = 0;
    std::ptrdiff_t by_choice = 0;
    for (auto const& [entry, job] : alone_) {
        if (!job.under_way || job.why == reason::cold) continue;
        ++(job.why == reason::choice ? by_choice : under_way);
    }
    bool first = true;
    for (auto& [entry, job] : alone_) {
        bool const is_first = std::exchange(first, false);
        if (job.under_way) continue;
        if (job.not_before > s.now) {
            wake_at(job.not_before);
            continue;
        }
        bool const cold = job.why == reason::cold;
        bool const chosen = job.why == reason::choice;
        if (chosen && by_choice >= most_objects) continue;
        if (cold ? cluster_.cold_under_way >= cluster_.most_cold : !chosen && under_way >= most_alone) {
            if (cold) wake_at(s.now + memory_poll);  // the end of another batch makes space
            continue;
        }
        auto const bytes = std::max(bytes_of(entry, s), job.least_bytes);
        bool const must = s.must_go_on && is_waited_for_alone(entry);
        if (bytes > room_left_ && !must && (!is_first || job.least_bytes > 0)) {
            wake_at(s.now + memory_poll);
            continue;
        }
        room_left_ -= std::min(bytes, room_left_);
        request r;
        r.form = request_form::plain;
        r.entries = {entry};
        r.is_cold = cold;
        r.by_choice = chosen;
        if (cold)
            ++cluster_.cold_under_way;
        else
            ++(chosen ? by_choice : under_way);
        job.under_way = true;
        job.attempt = job.news == news_ ? job.attempt + 1 : 1;
        job.news = news_;
        start(std::move(r), s.now, bytes);
    }
}

// The next part of a large batch is requested when half of the previous one has arrived. This hides its time to the
// first byte, and the 100 ms by which AIStore may delay the end of a response. In strict mode, it waits for all of it.
bool batch_machine::may_follow() const noexcept {
    std::size_t live = 0;
    for (auto const& r : requests_) {
        if (r.form == request_form::plain || r.is_hedge || !is_active(r)) continue;
        if (++live > 1 || !rules_.cont_on_err || !is_past_half(r)) return false;
    }
    return true;
}

void batch_machine::start_pieces(batch_surroundings const& s) {
    // In strict mode, entries after one that may be missing are not requested until that is known.
    if (!rules_.cont_on_err && (!alone_.empty() || !claims_.empty())) return;
    auto const is_live = [this](request const& r) { return r.form != request_form::plain && is_active(r); };
    for (auto p = pieces_.begin(); p != pieces_.end();) {
        std::erase_if(p->entries, [this](std::uint32_t e) { return !is_to_be_asked_by_batch(e, true); });
        if (p->entries.empty()) {
            p = pieces_.erase(p);
            continue;
        }
        auto const live = std::ranges::count_if(requests_, [&](auto const& r) { return is_live(r) && !r.is_hedge; });
        if (p->not_before > s.now) {
            wake_at(p->not_before);
            ++p;
            continue;
        }
        if (live >= most_requests || (p->sequel && !may_follow())) {
            ++p;
            continue;
        }
        std::size_t bytes = 0;
        std::size_t count = 0;
        while (count < p->entries.size()) {
            auto const more = bytes_of(p->entries[count], s);
            if (count > 0 && bytes + more > s.part_bytes) break;
            bytes += more;
            ++count;
        }
        bytes = std::max({bytes, p->least_bytes, slab_pool::min_slab_bytes});
        // Admission has reserved memory for the first part, as far as its size was known. Only the first open entry may
        // exceed the budget: later entries would be held until it arrives.
        bool const must = s.must_go_on && p->entries.front() == first_open();
        auto const room = p->sequel && !s.is_head ? std::min(s.own_bytes, room_left_) : room_left_;
        if (bytes > room && !must && get_batches_ > 0) {
            if (requests_.empty()) news_at_ = s.now;  // it waits for its consumer, not for the cluster
            wake_at(s.now + memory_poll);
            ++p;
            continue;
        }
        room_left_ -= std::min(bytes, room_left_);
        request r;
        r.form = p->troubled ? request_form::streamed : request_form::as_asked;
        r.entries = std::exchange(p->entries, {});
        r.from = *p;
        p->entries.assign(r.entries.begin() + static_cast<std::ptrdiff_t>(count), r.entries.end());
        r.entries.resize(count);
        r.from.attempt = p->news == news_ ? p->attempt + 1 : 1;
        r.from.news = news_;
        if (p->again) ++retries_;
        p->sequel = true;
        if (p->entries.empty()) p = pieces_.erase(p);
        start(std::move(r), s.now, bytes);
    }
}

batch_machine::request& batch_machine::start(request r, time_point now, std::size_t bytes) {
    r.id = next_id_++;
    r.made = now;
    r.bytes = bytes;
    for (auto const e : r.entries)
        entries_[e].covered = static_cast<std::uint8_t>(std::min(entries_[e].covered + 1, 255));
    if (r.form == request_form::plain) {
        ++plain_gets_;
    } else {
        ++get_batches_;
        if (!r.is_hedge && !r.from.again) cluster_.budget.asked(r.entries.size());
    }
    batch_action a{.what = batch_action::kind::ask};
    a.id = r.id;
    a.form = r.form;
    a.entries = r.entries;
    a.another_proxy = r.is_hedge;
    a.any_target = r.is_hedge || r.from.again || !r.from.avoid.empty();
    a.bytes = bytes;
    a.again = r.from.again && !r.is_hedge;
    a.waited = r.waited;
    pending_.push_back(std::move(a));
    wake_at(now + rules_.request_timeout);
    return requests_.emplace_back(std::move(r));
}

}  // namespace aisle::detail
