// Events of requests and entries, and the results of entries.
#include "batch_machine.hpp"

#include "../entry/entry_check.hpp"

#include <algorithm>

namespace aisle::detail {

batch_machine::batch_machine(cluster_state& cluster, std::shared_ptr<batch const> of, batch_rules rules,
                             std::function<double()> draw, time_point now)
    : cluster_(cluster),
      batch_(std::move(of)),
      rules_(rules),
      draw_(std::move(draw)),
      entries_(batch_->size()),
      open_count_(static_cast<std::uint32_t>(batch_->size())),
      news_at_(now),
      now_(now) {
    piece all;
    all.entries.reserve(batch_->size());
    entry_check check_entry(*batch_);
    for (std::uint32_t i = 0; i < batch_->size(); ++i) {
        if (auto ok = check_entry(at(i)); !ok)
            fail(i, std::move(ok).error());
        else if (may_go_alone(i))
            put_alone(i, reason::choice, now);
        else
            all.entries.push_back(i);
    }
    if (!alone_.empty()) cluster_.budget.asked(alone_.size());
    if (!all.entries.empty()) pieces_.push_back(std::move(all));
}

// In strict mode, entries after a missing one must not be fetched; and a plain GET would fetch cold objects.
bool batch_machine::may_go_alone(std::uint32_t entry) const {
    if (!rules_.as_objects || !rules_.cont_on_err) return false;
    return rules_.cold_gets || !has_backend(at(entry).bucket).value_or(true);
}

// ---- requests

batch_machine::request* batch_machine::find(std::uint32_t id) noexcept {
    auto const found = std::ranges::find(requests_, id, &request::id);
    return found == requests_.end() ? nullptr : &*found;
}

bool batch_machine::is_streamed(request const& r) const noexcept {
    return r.form == request_form::streamed || rules_.streaming;
}

bool batch_machine::all_answered(request const& r) const noexcept {
    return std::ranges::none_of(r.entries, [this](std::uint32_t e) { return is_open(e); });
}

bool batch_machine::all_answered(std::uint32_t id) const {
    auto const* const r = find(id);
    return !r || all_answered(*r);
}

void batch_machine::sent(std::uint32_t id, http::url const& proxy, time_point now) {
    now_ = now;
    auto* const r = find(id);
    if (!r) return;
    r->proxy = proxy;
    r->sent_at = now;
    r->redraw_after = cluster_.proxies.redraw_after(rules_.proxy_timeout);
    r->has_sent = true;
    r->target.clear();
    dirty_ = true;
}

target_book::opinion batch_machine::redirected(std::uint32_t id, std::string_view target, time_point now) {
    now_ = now;
    auto* const r = find(id);
    if (!r) return {};
    // A proxy that was stalled may have missed a map change. Then several responses are late, so compare with the
    // earlier limit.
    if (now - r->sent_at > r->redraw_after) cluster_.view.disturbed(now);
    cluster_.proxies.answered(r->proxy, now - r->sent_at, now);
    cluster_.limiter.accepted(now);
    target_book::opinion out;
    if (r->form != request_form::plain) {
        constexpr unsigned most_avoided = 3;
        if (!r->from.avoid.empty() && r->from.avoid == target && r->avoided < most_avoided &&
            cluster_.view.targets() > 1) {
            ++r->avoided;
            out.what = target_book::advice::leave;
        } else {
            out = cluster_.targets.judge(target, r->draws, now);
        }
        if (out.what == target_book::advice::leave) {
            // That many sick targets in a row: the others may have left the cluster.
            constexpr unsigned draws_of_old_map = 16;
            if (++r->draws == draws_of_old_map) map_wanted_ = true;
            ++cluster_.redirects_left;
            return out;
        }
    }
    r->target = target;
    r->followed_at = now;
    r->progress_at = now;
    // A hedge is not a probe: its entries are needed.
    r->is_probe = out.what == target_book::advice::probe && !r->is_hedge;
    dirty_ = true;
    return out;
}

void batch_machine::progressed(std::uint32_t id, std::size_t position, time_point now) noexcept {
    now_ = now;
    auto* const r = find(id);
    if (!r) return;
    r->rested = std::max<duration>(r->rested, now - r->progress_at);
    r->progress_at = now;
    if (r->rescue_began && position != r->position) {  // it continues after all
        r->rescue_began.reset();
        r->rescued_at = SIZE_MAX;
        r->rescue_answered.reset();
    }
    bool const was_past_half = is_past_half(*r);
    r->position = position;
    if (!was_past_half && is_past_half(*r) && !pieces_.empty()) dirty_ = true;  // the next part may start
    if (!r->answered_at && position == r->entries.size() && all_answered(*r)) {
        r->answered_at = now;
        dirty_ = true;  // its slot is free while the end of the response is read
    }
}

void batch_machine::received(std::uint32_t id, std::uint64_t have, std::uint64_t came, time_point now) noexcept {
    now_ = now;
    auto* const r = find(id);
    if (!r) return;
    r->progress_at = now;
    r->have = have;
    r->came = came;
    auto const job = alone_.find(r->entries.front());
    // Each request for a member delivers it from its first byte: only new bytes count as progress.
    if (job == alone_.end() || have <= job->second.most) return;
    job->second.most = have;
    news(now);
}

void batch_machine::told_size(std::uint32_t id, std::uint64_t bytes) noexcept {
    auto* const r = find(id);
    if (!r) return;
    r->bytes = static_cast<std::size_t>(bytes);
    r->size_told = true;
}

bool batch_machine::over_budget(std::uint32_t id, batch_surroundings const& s, bool overrun) const noexcept {
    auto const* const r = find(id);
    return overrun && r && is_active(*r) && !(s.must_go_on && is_waited_for(*r));
}

bool batch_machine::may_rest(std::uint32_t id, batch_surroundings const& s) const noexcept {
    auto const* const r = find(id);
    return r && s.is_head && is_waited_for(*r);
}

// Later entries would be held until the first open entry arrives.
bool batch_machine::is_waited_for(request const& r) const noexcept {
    if (r.form == request_form::plain) return is_waited_for_alone(r.entries.front());
    auto const first = first_open();
    if (first == entries_.size()) return true;
    return std::ranges::binary_search(r.entries, first) && entries_[first].is == place::batch;
}

// The first open entry, or what it waits for: the member that fetches its shard; in strict mode, the first unsettled
// one.
bool batch_machine::is_waited_for_alone(std::uint32_t entry) const noexcept {
    auto const first = first_open();
    if (first == entries_.size() || entry == first || entries_[first].is == place::shard) return true;
    return !rules_.cont_on_err && !alone_.empty() && entry == alone_.begin()->first;
}

void batch_machine::news(time_point now) noexcept {
    ++news_;
    news_at_ = now;
}

// ---- entries

bool batch_machine::delivered(std::uint32_t id, std::uint32_t entry, time_point now) {
    if (!is_open(entry)) return false;
    now_ = now;
    if (auto* const r = find(id)) {
        if (++r->brought == 1 && r->is_hedge) ++hedges_won_;
        if (r->form != request_form::plain) {
            rounds_ = 0;
        } else if (auto const job = alone_.find(entry); job != alone_.end()) {
            if (job->second.why == reason::cold) {
                ++cold_;
                ++cluster_.cold_delivered;
            }
            // The entry is good, so the response that stalled at it was bad.
            if (!job->second.blame.empty()) cluster_.targets.failed(job->second.blame, now);
        }
    }
    close(entry);
    news(now);
    return true;
}

void batch_machine::claimed_missing(std::uint32_t id, std::uint32_t entry, error why, time_point now) {
    now_ = now;
    if (!is_open(entry)) return;
    auto* const r = find(id);
    bool const by_owner = r && r->form == request_form::plain;
    if (r) ++r->claims;
    dirty_ = true;
    why = about(entry, std::move(why));
    auto& state = entries_[entry];
    // The plain GET of this entry decides.
    if (!by_owner && state.is != place::batch) return;
    bool const not_found = says_not_found(why.server_text);
    if (!by_owner && !not_found && may_retry()) {
        tentative_failures_[entry] = std::make_shared<error const>(why);
        put_alone(entry, reason::evidence, now);
        return;
    }
    if (by_owner) {
        why.http_status = 404;
        if (auto const job = alone_.find(entry); job != alone_.end() && job->second.why == reason::cold)
            shard_is_here(entry);
        alone_.erase(entry);
    }
    state.is = place::claimed;
    claims_.insert_or_assign(entry, claim{std::move(why), now, by_owner, false});
    settle(entry, now);
    if (r && !by_owner) fetch_ahead_cold(*r, entry);
}

void batch_machine::bad_payload(std::uint32_t id, std::uint32_t entry, error why) {
    if (!is_open(entry)) return;
    dirty_ = true;
    if (why.code == errc::limit_exceeded) {
        if (auto* const r = find(id)) ++r->brought;
        fail(entry, std::move(why));
        return;
    }
    auto& state = entries_[entry];
    state.bad_payloads = static_cast<std::uint8_t>(std::min(state.bad_payloads + 1, 255));
    tentative_failures_[entry] = std::make_shared<error const>(about(entry, std::move(why)));
}

// ---- results of entries

error batch_machine::about(std::uint32_t entry, error why) const {
    if (!why.entry) why.entry = entry;
    return why;
}

void batch_machine::note_trouble(error const& why) {
    overcome_ = why;
    ++troubles_;
}

void batch_machine::close(std::uint32_t entry) {
    entries_[entry].is = place::answered;
    if (--open_count_ == 0) dirty_ = true;
    if (!alone_.empty()) alone_.erase(entry);
    if (!claims_.empty()) claims_.erase(entry);
    if (!tentative_failures_.empty()) tentative_failures_.erase(entry);
    if (!uncertain_since_.empty()) uncertain_since_.erase(entry);
    if (!shards_.empty() && !at(entry).archpath.empty()) shard_is_here(entry);
    for (auto& r : requests_)
        if (r.rescued_at < r.entries.size() && r.entries[r.rescued_at] == entry && !r.rescue_answered) {
            r.rescue_answered = now_;
            dirty_ = true;
        }
}

void batch_machine::refuse(std::uint32_t entry, sample_status status, std::shared_ptr<error const> why) {
    batch_action a{.what = batch_action::kind::refuse};
    a.entry = entry;
    a.status = status;
    a.why = std::move(why);
    pending_.push_back(std::move(a));
    close(entry);
    news(now_);
}

sample_status batch_machine::status_of(error const& why) const {
    // An owner's 404 is final, whatever its message.
    bool const not_found = why.http_status == 404 || says_not_found(why.server_text);
    bool const missing = why.code == errc::missing && not_found;
    return missing && rules_.missing == on_missing::skip ? sample_status::missing : sample_status::failed;
}

// Prefers the fault recorded for the entry itself.
void batch_machine::fail(std::uint32_t entry, error why) {
    if (!is_open(entry)) return;
    auto const tentative = tentative_failures_.find(entry);
    auto shared = tentative == tentative_failures_.end() ? std::make_shared<error const>(about(entry, std::move(why)))
                                                         : tentative->second;
    auto const status = status_of(*shared);
    refuse(entry, status, std::move(shared));
}

void batch_machine::fail_all(entry_indices const& which, error const& why) {
    if (which.empty()) return;
    auto const shared = std::make_shared<error const>(about(which.front(), why));
    for (auto const entry : which) {
        if (!is_open(entry)) continue;
        if (tentative_failures_.contains(entry)) {
            fail(entry, why);
            continue;
        }
        if (!fault_) fault_ = *shared;
        if (entry >= *shared->entry) {
            refuse(entry, sample_status::failed, shared);
        } else {
            // It arrived, but could not be verified, because what follows it is wrong.
            auto own = *shared;
            own.entry = entry;
            own.text = "not verified, because of what follows it: " + own.text;
            refuse(entry, sample_status::failed, std::make_shared<error const>(std::move(own)));
        }
    }
}

void batch_machine::give_up(error const& why) {
    entry_indices open;
    for (std::uint32_t i = 0; i < entries_.size(); ++i)
        if (is_open(i)) open.push_back(i);
    pieces_.clear();
    fail_all(open, why);
}

void batch_machine::put_alone(std::uint32_t entry, reason why, time_point not_before, std::string blame) {
    claims_.erase(entry);
    entries_[entry].is = place::alone;
    auto& job = alone_[entry];
    if (job.why != reason::cold) job.why = why;
    job.not_before = std::max(job.not_before, not_before);
    if (!blame.empty()) job.blame = std::move(blame);
    dirty_ = true;
}

void batch_machine::cancel(error why) {
    if (cancelled_) return;
    cancelled_ = std::move(why);
    std::erase_if(pending_, [](batch_action const& a) {
        return a.what == batch_action::kind::refresh_map || a.what == batch_action::kind::look_up_bucket;
    });
    for (auto& r : requests_)
        if (!r.dropped) drop(r, false);
    dirty_ = true;
}

}  // namespace aisle::detail
