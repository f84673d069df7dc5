// How an entry that the server reports missing is settled.
#include "../entry/bucket_uri.hpp"
#include "batch_machine.hpp"

#include <algorithm>

namespace aisle::detail {

// The next step of a claim: a plain GET, a look-up of the bucket, or a map fetch.
void batch_machine::settle(std::uint32_t entry, time_point now) {
    auto& c = claims_.at(entry);
    if (!may_retry()) return believe(entry, now);
    if (c.by_owner) return;
    auto const backend = has_backend(at(entry).bucket);
    c.wants_bucket = !backend;
    if (c.wants_bucket) return look_up_buckets(now);
    if (*backend) {
        // A plain GET would fetch it: if that is not wanted, it is missing.
        if (rules_.cold_gets) fetch_cold(entry);
        return;
    }
    // AIStore behaviour: a stream has the same placeholder for an object that does not exist and for one that its owner
    // cannot read. A plain GET to the owner distinguishes the two.
    if (c.why.server_text.empty()) put_alone(entry, reason::settle, now);
}

void batch_machine::believe(std::uint32_t entry, time_point now) {
    now_ = now;
    auto const why = std::make_shared<error const>(std::move(claims_.at(entry).why));
    tentative_failures_.erase(entry);
    if (rules_.cont_on_err) {
        refuse(entry, status_of(*why), why);
        return;
    }
    // AIStore's own strict mode depends on which target responds, so enforce it here.
    if (!fault_) fault_ = *why;
    for (auto i = entry; i < entries_.size(); ++i)
        if (is_open(i)) refuse(i, sample_status::failed, why);
}

void batch_machine::map_seen(time_point began, bool well, time_point now) {
    now_ = now;
    map_requested_ = false;
    map_wanted_ = false;
    dirty_ = true;
    bool const uncertain = cluster_.view.known() && (!well || cluster_.view.missing_is_uncertain(now)) && may_retry();
    entry_indices due;
    for (auto const& [entry, c] : claims_)
        if (!c.wants_bucket && c.at <= began) due.push_back(entry);
    for (auto const entry : due) {
        auto const found = claims_.find(entry);
        if (found == claims_.end()) continue;  // refused with an earlier one
        auto const since = uncertain_since_.try_emplace(entry, now).first->second;
        if (!uncertain || now - since >= rules_.retry.elapsed) {
            believe(entry, now);
            continue;
        }
        // Request it again, with growing intervals.
        auto const c = std::move(found->second);
        claims_.erase(found);
        tentative_failures_[entry] = std::make_shared<error const>(c.why);
        auto const wait =
            std::clamp<duration>((now - since) / 2, std::chrono::milliseconds(200), std::chrono::seconds(2));
        auto const until = now + std::chrono::duration_cast<duration>(wait * (0.5 + draw_() / 2));
        if (c.by_owner || !at(entry).archpath.empty()) {
            put_alone(entry, reason::settle, until);
        } else {
            entries_[entry].is = place::batch;
            piece p;
            p.entries = {entry};
            p.not_before = until;
            p.again = true;
            add_piece(std::move(p));
        }
    }
}

void batch_machine::bucket_seen(std::string_view bucket, time_point now) {
    now_ = now;
    dirty_ = true;
    auto const lookup = bucket_lookups_.find(bucket);
    if (lookup == bucket_lookups_.end()) return;
    lookup->second.under_way = false;
    if (!has_backend(bucket)) {
        // Unknown: try again, a few times.
        lookup->second.not_before =
            now + backoff(rules_.retry, std::min(lookup->second.tries, 3u), draw_(), std::nullopt);
        return;
    }
    entry_indices due;
    for (auto& [entry, c] : claims_)
        if (c.wants_bucket && at(entry).bucket == bucket) due.push_back(entry);
    for (auto const entry : due)
        if (claims_.contains(entry)) settle(entry, now);
}

void batch_machine::look_up_buckets(time_point now) {
    for (auto& [entry, c] : claims_) {
        if (!c.wants_bucket) continue;
        auto& lookup = bucket_lookups_[at(entry).bucket];
        if (lookup.under_way) continue;
        if (now < lookup.not_before) {
            wake_at(lookup.not_before);
            continue;
        }
        lookup.under_way = true;
        ++lookup.tries;
        batch_action a{.what = batch_action::kind::look_up_bucket};
        a.bucket = at(entry).bucket;
        pending_.push_back(std::move(a));
    }
}

std::optional<bool> batch_machine::has_backend(std::string_view bucket) const {
    auto const uri = read_bucket(bucket);
    if (!uri) return false;
    // "@alias" or "@uuid": a bucket of another AIStore cluster.
    auto const space = uri->name_space;
    if (uri->provider != "ais" || (space.size() > 1 && space.front() == '@' && space[1] != '#')) return true;
    auto const found = cluster_.backends.find(bucket);
    if (found != cluster_.backends.end()) return found->second;
    // If this cannot be found out, a plain GET decides.
    constexpr unsigned most_tries = 8;
    auto const lookup = bucket_lookups_.find(bucket);
    if (lookup != bucket_lookups_.end() && !lookup->second.under_way && lookup->second.tries >= most_tries) return true;
    return std::nullopt;
}

// A plain GET copies the object into the cluster. One member of a shard is enough; Get-Batch then requests the others
// again.
void batch_machine::fetch_cold(std::uint32_t entry) {
    claims_.erase(entry);
    if (at(entry).archpath.empty()) return put_alone(entry, reason::cold, now_);
    auto const [shard, is_first] = shards_.try_emplace({at(entry).bucket, at(entry).object}, false);
    if (is_first)
        put_alone(entry, reason::cold, now_);
    else if (shard->second)
        put_alone(entry, reason::settle, now_);
    else
        entries_[entry].is = place::shard;
}

void batch_machine::shard_is_here(std::uint32_t entry) {
    auto const shard = shards_.find({at(entry).bucket, at(entry).object});
    if (shard == shards_.end() || shard->second) return;
    shard->second = true;
    piece p;
    for (std::uint32_t i = 0; i < entries_.size(); ++i)
        if (entries_[i].is == place::shard && at(i).object == at(entry).object && at(i).bucket == at(entry).bucket) {
            entries_[i].is = place::batch;
            p.entries.push_back(i);
        }
    p.again = true;
    if (!p.entries.empty()) add_piece(std::move(p));
    dirty_ = true;
}

// AIStore behaviour: a response ends after its 8th missing entry. Once a bucket turns out to be cold, fetch its
// remaining entries without waiting for a report on each.
void batch_machine::fetch_ahead_cold(request const& r, std::uint32_t claimed) {
    constexpr std::uint32_t certain = 4;
    bool const is_cold = r.claims >= certain || (r.claims >= 2 && r.brought == 0);
    if (!rules_.cold_gets || !is_cold || !has_backend(at(claimed).bucket).value_or(false)) return;
    for (auto const entry : r.entries)
        if (entry > claimed && entries_[entry].is == place::batch && at(entry).bucket == at(claimed).bucket)
            fetch_cold(entry);
}

}  // namespace aisle::detail
