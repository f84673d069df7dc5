// What becomes of an entry that the server says it does not have.
#include "../entry/bucket_uri.hpp"
#include "batch_machine.hpp"

#include <algorithm>

namespace aisle::detail {

// Moves a claim to its next step: a plain GET, a look at the bucket, or a look at the map.
void batch_machine::settle(std::uint32_t entry, time_point now) {
    auto& c = claims_.at(entry);
    if (!may_retry()) return believe(entry, now);
    if (c.by_owner) return;
    auto const backend = has_backend(at(entry).bucket);
    c.wants_bucket = !backend;
    if (c.wants_bucket) return look_at_buckets(now);
    if (*backend) {
        // A plain GET would fetch it: it is missing where that is not wanted.
        if (rules_.cold_gets) fetch_cold(entry);
        return;
    }
    // AIStore behaviour: a stream has the same placeholder for what is not there and for what its owner cannot read.
    // The owner tells which.
    if (c.why.server_text.empty()) put_alone(entry, reason::settle, now);
}

void batch_machine::believe(std::uint32_t entry, time_point now) {
    now_ = now;
    auto const why = std::make_shared<error const>(std::move(claims_.at(entry).why));
    doubts_.erase(entry);
    if (rules_.cont_on_err) {
        refuse(entry, status_of(*why), why);
        return;
    }
    // AIStore's own strictness depends on which target answers, so it is enforced here.
    if (!fault_) fault_ = *why;
    for (auto i = entry; i < entries_.size(); ++i)
        if (is_open(i)) refuse(i, sample_status::failed, why);
}

void batch_machine::map_seen(time_point began, bool well, time_point now) {
    now_ = now;
    looking_ = false;
    map_wanted_ = false;
    dirty_ = true;
    bool const doubtful = cluster_.view.known() && (!well || cluster_.view.missing_is_doubtful(now)) && may_retry();
    std::vector<std::uint32_t> due;
    for (auto const& [entry, c] : claims_)
        if (!c.wants_bucket && c.at <= began) due.push_back(entry);
    for (auto const entry : due) {
        auto const found = claims_.find(entry);
        if (found == claims_.end()) continue;  // refused with an earlier one
        auto const since = doubted_since_.try_emplace(entry, now).first->second;
        if (!doubtful || now - since >= rules_.retry.elapsed) {
            believe(entry, now);
            continue;
        }
        // Asked for again, ever more rarely.
        auto const c = std::move(found->second);
        claims_.erase(found);
        doubts_[entry] = std::make_shared<error const>(c.why);
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
    auto const look = bucket_looks_.find(bucket);
    if (look == bucket_looks_.end()) return;
    look->second.under_way = false;
    if (!has_backend(bucket)) {
        // It could not be found out: again, a few times.
        look->second.not_before = now + backoff(rules_.retry, std::min(look->second.tries, 3u), draw_(), std::nullopt);
        return;
    }
    std::vector<std::uint32_t> due;
    for (auto& [entry, c] : claims_)
        if (c.wants_bucket && at(entry).bucket == bucket) due.push_back(entry);
    for (auto const entry : due)
        if (claims_.contains(entry)) settle(entry, now);
}

void batch_machine::look_at_buckets(time_point now) {
    for (auto& [entry, c] : claims_) {
        if (!c.wants_bucket) continue;
        auto& look = bucket_looks_[at(entry).bucket];
        if (look.under_way) continue;
        if (now < look.not_before) {
            wake_at(look.not_before);
            continue;
        }
        look.under_way = true;
        ++look.tries;
        batch_action a{.what = batch_action::kind::look_at_bucket};
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
    // Where it cannot be found out, a plain GET tells either way.
    constexpr unsigned most_tries = 8;
    auto const look = bucket_looks_.find(bucket);
    if (look != bucket_looks_.end() && !look->second.under_way && look->second.tries >= most_tries) return true;
    return std::nullopt;
}

// By a plain GET, which brings the object into the cluster. Of a shard one member is enough; the others are asked for
// by Get-Batch again afterwards.
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

// AIStore behaviour: an answer ends after its 8th missing entry. When a bucket turns out to be cold, the rest of its
// entries are fetched without waiting to be told of each.
void batch_machine::look_ahead_cold(request const& r, std::uint32_t claimed) {
    constexpr std::uint32_t certain = 4;
    bool const is_cold = r.claims >= certain || (r.claims >= 2 && r.brought == 0);
    if (!rules_.cold_gets || !is_cold || !has_backend(at(claimed).bucket).value_or(false)) return;
    for (auto const entry : r.entries)
        if (entry > claimed && entries_[entry].is == place::batch && at(entry).bucket == at(claimed).bucket)
            fetch_cold(entry);
}

}  // namespace aisle::detail
