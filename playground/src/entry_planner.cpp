#include "entry_planner.hpp"

namespace aisle::playground {
namespace {

constexpr std::string_view missing_prefix = "__404__/";

std::string joined(std::string_view a, std::string_view b) {
    std::string text;
    text.reserve(a.size() + b.size() + 1);
    return text.append(a).append("/").append(b);
}

struct range {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

// AIStore behaviour: (0,0) is everything; length -1 is to the end, and an empty object has no such range.
std::variant<range, refusal> checked_range(codec::moss_request_entry const& entry, std::uint64_t size) {
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

}  // namespace

struct entry_planner::context {
    std::size_t index;
    codec::moss_request_entry const& entry;
    std::string_view bucket_name;
    bucket* objects;
    unsigned owner;
    std::string base;   // name in the archive, without archpath
    std::string node;   // "t[...]" that looks for the object
    std::string cname;  // "ais://bucket/object"

    codec::moss_out out_local() const {
        return {.objname = entry.objname,
                .archpath = entry.archpath,
                .bucket = std::string(bucket_name),
                .provider = "ais",
                .err_msg = {},
                .opaque = entry.opaque};
    }
    codec::moss_out out_forwarded() const {
        return {.objname = entry.archpath.empty() ? entry.objname : joined(entry.objname, entry.archpath),
                .archpath = {},
                .bucket = std::string(bucket_name),
                .provider = entry.provider,
                .err_msg = {},
                .opaque = entry.opaque};
    }
    std::string not_found() const { return node + ": " + cname + " does not exist"; }
    std::string not_in_shard() const { return node + ": " + entry.archpath + " in " + cname + " does not exist"; }
};

namespace {

// What reading one entry's source came to.
struct looked_up {
    enum class outcome : std::uint8_t { found, no_object, no_member, broken } what = outcome::no_object;
    std::optional<stored_object> object;
    shard_index::place place;
    std::string why;  // when broken
};

looked_up look_up(bucket* objects, shard_cache& shards, std::string_view bucket_name,
                  codec::moss_request_entry const& entry) {
    looked_up found;
    if (objects) found.object = objects->open(entry.objname);
    if (!found.object) return found;
    found.what = looked_up::outcome::found;
    found.place = {0, found.object->size()};
    if (entry.archpath.empty()) return found;

    found.what = looked_up::outcome::broken;
    if (auto const kind = shard_kind_of(entry.objname, *found.object); kind != shard_kind::tar) {
        found.why = "unrecognized or unsupported file format: \"" + entry.objname + "\"";
        return found;
    }
    auto const index = shards.index(bucket_name, entry.objname, *found.object);
    if (auto const* place = index->find(entry.archpath)) {
        found.what = looked_up::outcome::found;
        found.place = *place;
    } else if (!index->damage.empty()) {
        found.why = index->damage;
    } else {
        found.what = looked_up::outcome::no_member;
    }
    return found;
}

}  // namespace

entry_planner::entry_planner(cluster& home, shard_cache& shards, std::shared_ptr<work_item const> item,
                             answer_faults faults)
    : home_(home), shards_(shards), item_(std::move(item)), faults_(std::move(faults)) {
    silent_.resize(home_.targets().size());
}

planned entry_planner::plan(std::size_t index) {
    auto const& request = item_->request;
    auto const& entry = request.in[index];
    if (soft_errors_ > max_soft_errors) return {.entry = {}, .refused = too_many_soft_errors()};

    auto const bucket_name = bucket_name_of(entry);
    auto const owner = home_.owner(bucket_name, entry.objname);
    context at{.index = index,
               .entry = entry,
               .bucket_name = bucket_name,
               .objects = bucket_of(entry),
               .owner = owner,
               .base = {},
               .node = home_.targets()[owner].name,
               .cname = joined("ais:/", joined(bucket_name, entry.objname))};
    if (request.only_object_name) {
        at.base = entry.objname;
    } else if (entry.uname.empty()) {
        at.base = joined(bucket_name, entry.objname);
    }  // else: AIStore gives an empty name

    planned result;
    if (owner == item_->target) {
        result = plan_local(at);
    } else if (silent_[owner] || (at.base.empty() && entry.archpath.empty())) {
        result = plan_fetched(at);  // an empty name reads as "not received"
    } else {
        result = plan_forwarded(at);
    }
    if (result.entry) apply_faults(index, at, *result.entry);
    return result;
}

planned entry_planner::placeholder(context& at, std::string name, std::string why) {
    member m;
    m.name = std::string(missing_prefix) + std::move(name);
    m.out = at.out_local();
    m.out.err_msg = std::move(why);
    ++soft_errors_;
    return {.entry = std::move(m), .refused = {}};
}

planned entry_planner::plan_local(context& at) {
    auto found = look_up(at.objects, shards_, at.bucket_name, at.entry);
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
    auto const range_or = checked_range(at.entry, found.place.size);
    if (auto const* bad = std::get_if<refusal>(&range_or)) return {.entry = {}, .refused = *bad};
    auto const& part = std::get<range>(range_or);
    member m;
    m.name = std::move(name);
    m.offset = found.place.offset + part.offset;
    m.size = part.size;
    if (archpath.empty() && part.size == found.object->size()) m.modified_seconds = found.object->modified_seconds();
    m.source = std::move(found.object);
    m.out = at.out_local();
    m.out.size = static_cast<std::int64_t>(m.size);
    return {.entry = std::move(m), .refused = {}};
}

planned entry_planner::plan_forwarded(context& at) {
    auto found = look_up(at.objects, shards_, at.bucket_name, at.entry);
    auto name = at.entry.archpath.empty() ? at.base : joined(at.base, at.entry.archpath);
    if (found.what != looked_up::outcome::found) {
        auto why = found.what == looked_up::outcome::no_object   ? at.not_found()
                   : found.what == looked_up::outcome::no_member ? at.not_in_shard()
                                                                 : std::move(found.why);
        auto result = placeholder(at, std::move(name), {});
        // Counted before it is written: the ninth never is.
        if (soft_errors_ > max_soft_errors) return {.entry = {}, .refused = too_many_soft_errors()};
        result.entry->out = at.out_forwarded();
        result.entry->out.err_msg = std::move(why);
        return result;
    }
    auto const range_or = checked_range(at.entry, found.place.size);
    if (std::holds_alternative<refusal>(range_or)) {
        silent_[at.owner] = true;  // the sender stops at a range it cannot serve, and says nothing
        return plan_fetched(at);
    }
    auto const& part = std::get<range>(range_or);
    member m;
    m.name = std::move(name);
    m.offset = found.place.offset + part.offset;
    m.size = part.size;
    m.source = std::move(found.object);
    m.out = at.out_forwarded();
    m.out.size = static_cast<std::int64_t>(m.size);
    return {.entry = std::move(m), .refused = {}};
}

// "x-get-batch[gbt-I0XD9QPumC]-ais://bucket"
std::string entry_planner::job_name() const {
    return "x-get-batch[" + item_->job_id + "]" + (item_->bucket.empty() ? "" : "-ais://" + item_->bucket);
}

refusal entry_planner::too_many_soft_errors() const {
    return {400,
            {},
            job_name() + ": wid=\"" + item_->id + "\" exceeded soft-errors limit: " + std::to_string(soft_errors_) +
                " (max: " + std::to_string(max_soft_errors) + ")"};
}

refusal entry_planner::hole(context const& at) const {
    auto const wait_s = std::chrono::duration_cast<std::chrono::seconds>(home_.options().max_wait).count();
    return {400, "errHole",
            job_name() + ": timed out waiting for missing entry at index " + std::to_string(at.index) + " [ " +
                home_.targets()[item_->target].name + ", wid=\"" + item_->id +
                "\", total-wait=" + std::to_string(wait_s) + "s ]"};
}

// The owner does not send: after max_wait the designated target fetches the object itself, whole.
planned entry_planner::plan_fetched(context& at) {
    auto const waited = home_.options().max_wait;
    if (fetches_ >= max_fetches) {
        return {.waited = waited, .entry = {}, .refused = hole(at)};
    }
    ++fetches_;
    auto whole = at.entry;
    whole.start = whole.length = 0;
    context fetched{at.index, whole, at.bucket_name, at.objects, at.owner, at.base, at.node, at.cname};
    auto result = plan_local(fetched);
    result.waited = waited;
    if (result.entry) result.entry->modified_seconds = 0;
    return result;
}

void entry_planner::apply_faults(std::size_t index, context const& at, member& m) const {
    if (faults_.empty()) return;
    auto const make_missing = [&m](std::string name) {
        m.name = std::string(missing_prefix) + std::move(name);
        m.source.reset();
        m.size = m.offset = 0;
        m.modified_seconds = 0;
        m.out.size = 0;
        m.out.err_msg = "made missing by a fault of the playground";
    };
    auto const& archpath = at.entry.archpath;
    if (faults_.hits(fault_kind::placeholder, index)) make_missing(at.base);
    if (faults_.hits(fault_kind::placeholder_forwarded, index))
        make_missing(archpath.empty() ? at.base : joined(at.base, archpath));
    if (faults_.hits(fault_kind::placeholder_other, index)) make_missing(at.base + ".other");
    if (faults_.hits(fault_kind::placeholder_full, index)) m.name = std::string(missing_prefix) + m.name;
    if (faults_.hits(fault_kind::wrong_name, index)) m.name = "wrong/" + m.name;
    if (faults_.hits(fault_kind::wrong_size, index) && m.source) {
        auto whole = at.entry;
        whole.start = whole.length = 0;
        auto const found = look_up(at.objects, shards_, at.bucket_name, whole);
        m.offset = found.place.offset;
        m.size = found.place.size;
        m.out.size = static_cast<std::int64_t>(m.size);
    }
}

void entry_planner::reopen(std::size_t index, member& m) {
    if (m.source || m.size == 0) return;
    auto const& entry = item_->request.in[index];
    if (auto* const objects = bucket_of(entry)) m.source = objects->open(entry.objname);
}

std::string_view entry_planner::bucket_name_of(codec::moss_request_entry const& entry) const {
    if (!entry.uname.empty()) return bucket_of_uname(entry.uname).value_or("");
    return entry.bucket.empty() ? std::string_view(item_->bucket) : std::string_view(entry.bucket);
}

bucket* entry_planner::bucket_of(codec::moss_request_entry const& entry) {
    if (auto const name = bucket_name_of(entry); !last_bucket_ || name != last_bucket_name_) {
        last_bucket_name_ = name;
        last_bucket_ = home_.objects().find(last_bucket_name_);
    }
    return last_bucket_.get();
}

std::optional<std::string_view> bucket_of_uname(std::string_view uname) noexcept {
    // provider '/' '@' [uuid] '#' [namespace] '/' bucket '/'
    auto const first = uname.find('/');
    auto const second = first == uname.npos ? first : uname.find('/', first + 1);
    if (second == uname.npos || uname.substr(first + 1, 1) != "@" || !uname.ends_with('/')) return std::nullopt;
    auto const bucket = uname.substr(second + 1);
    if (bucket.size() < 2 || bucket.find('/') != bucket.size() - 1) return std::nullopt;
    return bucket.substr(0, bucket.size() - 1);
}

}  // namespace aisle::playground
