#include "entry_planner.hpp"

#include "../fault/entry_faults.hpp"

#include <variant>

namespace aisle::playground {
namespace {

std::string joined(std::string_view a, std::string_view b) {
    std::string text;
    text.reserve(a.size() + b.size() + 1);
    return text.append(a).append("/").append(b);
}

struct range {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

// AIStore behaviour: (0, 0) is the whole object; length -1 is to the end, which is invalid for an empty object.
std::variant<range, refusal> checked_range(codec::get_batch_request_entry const& entry, std::uint64_t size) {
    if (entry.start == 0 && entry.length == 0) return range{0, size};
    auto const start = static_cast<std::uint64_t>(entry.start);
    auto const open_ended = entry.length == -1;
    if (entry.start < 0 || start >= size || (!open_ended && static_cast<std::uint64_t>(entry.length) > size - start)) {
        auto text = "size=" + std::to_string(size) + ": not satisfiable range [start=" + std::to_string(entry.start);
        if (!open_ended) text += ",length=" + std::to_string(entry.length);
        return refusal{400, "ErrRangeNotSatisfiable", text + "]"};
    }
    return range{start, open_ended ? size - start : static_cast<std::uint64_t>(entry.length)};
}

member member_of(looked_up found, range const& part, std::string name, codec::get_batch_out out) {
    member m;
    m.name = std::move(name);
    m.offset = found.offset + part.offset;
    m.size = part.size;
    // A range does not reach the end of the member, where its checksum is.
    if (part.size == found.size) m.damage = std::move(found.why);
    m.source = std::move(found.object);
    m.out = std::move(out);
    m.out.size = static_cast<std::int64_t>(m.size);
    return m;
}

}  // namespace

entry_planner::entry_planner(cluster& home, shard_cache& shards, std::shared_ptr<work_item const> item,
                             answer_faults faults)
    : home_(home), shards_(shards), item_(std::move(item)), faults_(std::move(faults)) {
    silent_.resize(home_.targets().size());
}

planned_entry entry_planner::begin(std::size_t index) {
    auto const& request = item_->request;
    auto const& entry = request.in[index];
    select_bucket_of(entry);
    auto const owner = home_.owner(bucket_id_, entry.objname);
    planned_entry at{.index = index,
                     .entry = entry,
                     .where = bucket_id_,
                     .bucket_uri = bucket_uri_,
                     .objects = home_.has_lost(bucket_id_, entry.objname) ? nullptr : bucket_.get(),
                     .owner = owner,
                     .node = home_.targets()[owner].name,
                     .base = {}};
    if (request.only_object_name) {
        at.base = entry.objname;
    } else if (entry.uname.empty()) {
        at.base = joined(bucket_id_.name, entry.objname);
    }  // else: AIStore uses an empty name
    return at;
}

planned entry_planner::plan(std::size_t index) {
    if (auto const at = faults_.at(fault_kind::aborted); at && index >= *at) return {};
    if (auto ended = ended_by_abort()) return std::move(*ended);
    if (troubles_.soft_errors > max_soft_errors) return {.entry = {}, .refused = too_many_soft_errors()};
    auto at = begin(index);
    planned result;
    if (at.owner == item_->target) {
        result = plan_local(at);
    } else if (!arrives_from(at.owner) || (at.base.empty() && at.entry.archpath.empty())) {
        result = plan_fetched(at);  // AIStore takes an empty name for "not received"
    } else {
        result = plan_forwarded(at);
    }
    if (result.entry && !faults_.empty()) spoil_member(*result.entry, at, shards_, faults_);
    return result;
}

std::optional<planned> entry_planner::ended_by_abort() {
    auto& troubles = home_.troubles();
    if (!begun_) {
        begun_ = true;
        aborts_at_begin_ = troubles.aborts(item_->bucket);
        if (auto why = troubles.aborted(item_->bucket)) return planned{.entry = {}, .refused = refusal{400, {}, *why}};
    }
    if (troubles.aborts(item_->bucket) == aborts_at_begin_) return std::nullopt;
    return planned{};
}

bool entry_planner::arrives_from(unsigned sender) const {
    return !silent_[sender] && !faults_.hits(fault_kind::sick_target, item_->target) &&
           !home_.troubles().is_broken(sender, item_->target) && !home_.is_dead(sender);
}

planned entry_planner::placeholder(planned_entry& at, std::string name, std::string why) {
    member m;
    m.name = std::string(missing_prefix) + std::move(name);
    m.out = at.out_local();
    m.out.err_msg = std::move(why);
    ++troubles_.soft_errors;
    return {.entry = std::move(m), .refused = {}};
}

planned entry_planner::plan_local(planned_entry& at) {
    auto found = look_up(at, shards_);
    auto const& archpath = at.entry.archpath;
    auto name = archpath.empty() ? at.base : archpath.front() == '/' ? at.base + archpath : joined(at.base, archpath);
    auto const lenient = item_->request.continue_on_error;
    switch (found.what) {
        case looked_up::outcome::no_object:
            if (lenient) return placeholder(at, at.base, at.not_found());
            return {.entry = {}, .refused = refusal{404, "ErrNotFound", at.not_found()}};
        case looked_up::outcome::no_member:
            if (lenient) return placeholder(at, std::move(name), at.not_in_shard());
            return {.entry = {}, .refused = refusal{404, "ErrNotFound", at.not_in_shard()}};
        case looked_up::outcome::broken: return {.entry = {}, .refused = refusal{400, {}, std::move(found.why)}};
        case looked_up::outcome::found: break;
    }
    auto const range_or = checked_range(at.entry, found.size);
    if (auto const* bad = std::get_if<refusal>(&range_or)) return {.entry = {}, .refused = *bad};
    auto const& part = std::get<range>(range_or);
    auto const whole_object = archpath.empty() && part.size == found.size;
    auto const modified = whole_object ? found.object->modified_seconds() : 0;
    auto m = member_of(std::move(found), part, std::move(name), at.out_local());
    m.modified_seconds = modified;
    return {.entry = std::move(m), .refused = {}};
}

planned entry_planner::plan_forwarded(planned_entry& at) {
    auto found = look_up(at, shards_);
    auto name = at.entry.archpath.empty() ? at.base : joined(at.base, at.entry.archpath);
    if (found.what != looked_up::outcome::found) {
        auto why = found.what == looked_up::outcome::no_object   ? at.not_found()
                   : found.what == looked_up::outcome::no_member ? at.not_in_shard()
                                                                 : std::move(found.why);
        auto result = placeholder(at, std::move(name), {});
        // AIStore counts before it writes, so the ninth is never written.
        if (troubles_.soft_errors > max_soft_errors) return {.entry = {}, .refused = too_many_soft_errors()};
        result.entry->out = at.out_forwarded();
        result.entry->out.err_msg = std::move(why);
        return result;
    }
    auto const range_or = checked_range(at.entry, found.size);
    if (std::holds_alternative<refusal>(range_or)) {
        silent_[at.owner] = true;  // AIStore behaviour: the sender silently stops at an invalid range
        return plan_fetched(at);
    }
    auto m = member_of(std::move(found), std::get<range>(range_or), std::move(name), at.out_forwarded());
    // AIStore behaviour: a sender that cannot read a member to its end aborts the job on all targets.
    if (m.available() < m.size || !m.damage.empty()) {
        auto const cause = m.damage.empty() ? std::string("unexpected EOF") : m.damage;
        home_.troubles().abort(
            item_->bucket, at.owner, item_->target,
            "remote target aborted xaction: " + job_name() + " [" + at.node + ": \"" + cause + "\"]");
        return {};
    }
    return {.entry = std::move(m), .refused = {}};
}

// "x-get-batch[gbt-I0XD9QPumC]-ais://bucket"
std::string entry_planner::job_name() const {
    return "x-get-batch[" + item_->job_id + "]" + (item_->bucket.name.empty() ? "" : "-" + item_->bucket.uri());
}

refusal entry_planner::too_many_soft_errors() const {
    return {400,
            {},
            job_name() + ": wid=\"" + item_->id + "\" exceeded soft-errors limit: " +
                std::to_string(troubles_.soft_errors) + " (max: " + std::to_string(max_soft_errors) + ")"};
}

refusal entry_planner::hole(planned_entry const& at) const {
    auto const wait_s = std::chrono::duration_cast<std::chrono::seconds>(home_.options().max_wait).count();
    return {400, "errHole",
            job_name() + ": timed out waiting for missing entry at index " + std::to_string(at.index) + " [ " +
                home_.targets()[item_->target].name + ", wid=\"" + item_->id +
                "\", total-wait=" + std::to_string(wait_s) + "s ]"};
}

// The owner does not send. After max_wait the designated target fetches the whole object itself.
planned entry_planner::plan_fetched(planned_entry& at) {
    auto const waited = home_.options().max_wait;
    troubles_.waited += waited;
    if (troubles_.fetches >= max_fetches) {
        return {.waited = waited, .entry = {}, .refused = hole(at)};
    }
    ++troubles_.fetches;
    if (home_.is_dead(at.owner)) {
        ++troubles_.fetch_errors;
        return {.waited = waited,
                .entry = {},
                .refused = refusal{400, "ErrFailedTo", "failed to call " + at.node + ": connection refused"}};
    }
    auto result = plan_whole(at);
    result.waited = waited;
    if (result.entry) result.entry->modified_seconds = 0;
    return result;
}

// A plain GET, which also fetches an object from a backend.
planned entry_planner::plan_whole(planned_entry& at) {
    if (at.objects) at.objects->fetch(at.entry.objname);
    auto whole = at.entry;
    whole.start = whole.length = 0;
    planned_entry fetched{at.index, whole, at.where, at.bucket_uri, at.objects, at.owner, at.node, at.base};
    auto const found = look_up(fetched, shards_);
    // If another target does not have the shard, the name includes the archpath, unlike for a local shard.
    if (found.what == looked_up::outcome::no_object && item_->request.continue_on_error && !whole.archpath.empty()) {
        auto const mark = whole.archpath.front() == '/' ? "" : "/";
        return placeholder(fetched, at.base + mark + whole.archpath, at.not_found());
    }
    return plan_local(fetched);
}

void entry_planner::reopen(std::size_t index, member& m) {
    if (m.source || m.size == 0) return;
    m.source = look_up(begin(index), shards_).object;
}

// Most entries have the same bucket as the one before.
void entry_planner::select_bucket_of(codec::get_batch_request_entry const& entry) {
    if (bucket_from_ && bucket_from_->bucket == entry.bucket && bucket_from_->provider == entry.provider &&
        bucket_from_->uname == entry.uname)
        return;
    bucket_from_ = &entry;
    bucket_id_ = item_->bucket_of(entry);
    bucket_uri_ = bucket_id_.uri();
    bucket_ = home_.objects().find(bucket_id_);
}

}  // namespace aisle::playground
