#include "contents.hpp"

namespace aisle::simulation {
namespace {

constexpr char const* plain_bucket = "ais://plain";
constexpr char const* backed_bucket = "ais://backed";  // a look-up shows whether it has a backend
constexpr char const* cloud_bucket = "s3://cloud";

class maker {
public:
    explicit maker(world_plan const& plan) : plan_(plan), dice_(dice(plan.seed).part(1)) {}

    contents make() {
        for (unsigned b = 0; b < plan_.batches; ++b) make_batch();
        return std::move(out_);
    }

private:
    bool has(trouble t) const { return plan_.has(t); }

    void make_batch() {
        std::vector<modelled_entry> modelled;
        auto const count = dice_.chance(0.1) ? 1 : dice_.number(1, plan_.entries);
        // One batch in three of a bad world is good.
        bool const good = dice_.chance(0.33);
        for (unsigned i = 0; i < count; ++i)
            modelled.push_back(!good && dice_.chance(plan_.bad_share) ? bad_entry() : good_entry());
        auto asked = std::make_shared<batch>(plain_bucket);
        for (auto const& w : modelled) asked->add(entry_of(w));
        out_.asked.push_back(std::move(asked));
        out_.batches.push_back(std::move(modelled));
    }

    stored_object& object(std::string bucket) {
        auto o = std::make_unique<stored_object>();
        o->bucket = std::move(bucket);
        o->name = "o" + std::to_string(out_.objects.size());
        o->hash = dice_.next();
        o->bytes = static_cast<std::uint64_t>(dice_.scale(1, 400e3));
        if (dice_.chance(0.03)) o->bytes = 0;
        out_.objects.push_back(std::move(o));
        return *out_.objects.back();
    }

    std::string bucket() {
        if (!has(trouble::cold) || dice_.chance(0.2)) return plain_bucket;
        return dice_.chance(0.5) ? cloud_bucket : backed_bucket;
    }

    // An object, or a shard shared by several entries.
    stored_object& some(bool shard) {
        if (shard && !shards_.empty() && dice_.chance(0.8)) return *shards_[dice_.below(shards_.size())];
        auto& o = object(bucket());
        o.in_cloud = o.bucket != plain_bucket;
        if (o.in_cloud) o.cached = dice_.chance(0.3);
        o.cold_at_first = !o.cached;
        o.is_shard = shard;
        if (shard) {
            o.name += ".tar";
            o.bytes = static_cast<std::uint64_t>(dice_.scale(1e6, 50e6));
            shards_.push_back(&o);
        } else if (has(trouble::large) && dice_.chance(0.05)) {
            o.bytes = static_cast<std::uint64_t>(dice_.scale(1e6, 400e6));
        }
        return o;
    }

    modelled_entry good_entry() {
        // Data loaders request the same objects again, and sometimes one batch does.
        if (!good_.empty() && dice_.chance(0.1)) return good_[dice_.below(good_.size())];
        modelled_entry w;
        bool const member = dice_.chance(0.25);
        w.of = &some(member);
        w.bytes = member ? static_cast<std::uint64_t>(dice_.scale(1, 300e3)) : w.of->bytes;
        w.what = member ? wanted::member : wanted::whole;
        if (w.bytes > 1 && dice_.chance(0.15)) {
            w.what = member ? wanted::member_range : wanted::range;
            w.range = dice_.among(1, w.bytes - 1);
        }
        good_.push_back(w);
        return w;
    }

    modelled_entry bad_entry() {
        std::vector<trouble> kinds;
        for (auto const t : {trouble::bad_ranges, trouble::absent, trouble::many_absent, trouble::garbage_shards,
                             trouble::broken_members, trouble::unreadable, trouble::wrong_bytes,
                             trouble::refused_entries, trouble::lost_buckets, trouble::invalid_entries})
            if (has(t)) kinds.push_back(t);
        if (kinds.empty()) return good_entry();
        modelled_entry w;
        switch (kinds[dice_.below(kinds.size())]) {
            case trouble::bad_ranges:
                w = whole_of(substance::good);
                w.what = wanted::beyond;
                w.range = dice_.among(1, 1000);
                break;
            case trouble::absent:
            case trouble::many_absent:
                if (dice_.chance(0.3)) {
                    w.of = &some(true);
                    w.what = wanted::no_member;
                } else if (dice_.chance(0.2)) {
                    w = member_of(substance::absent);
                } else {
                    w = whole_of(substance::absent);
                }
                break;
            case trouble::garbage_shards: w = member_of(substance::garbage); break;
            case trouble::broken_members: w = member_of(substance::broken); break;
            case trouble::unreadable: w = whole_of(substance::unreadable); break;
            case trouble::wrong_bytes: w = whole_of(substance::wrong); break;
            case trouble::refused_entries:
                w = whole_of(substance::good);
                w.what = wanted::refused;
                break;
            case trouble::lost_buckets:
                w = whole_of(substance::good);
                w.what = dice_.chance(0.5) ? wanted::no_bucket : wanted::denied_bucket;
                w.of->bucket = w.what == wanted::no_bucket ? "ais://gone" : "ais://locked";
                w.of->in_cloud = false;
                break;
            default:
                w = whole_of(substance::good);
                w.what = wanted::invalid;
                w.of->name = "../" + w.of->name;
                break;
        }
        return w;
    }

    modelled_entry whole_of(substance s) {
        auto& o = object(bucket());
        o.in_cloud = o.bucket != plain_bucket;
        if (o.in_cloud && s != substance::unreadable) o.cached = s != substance::absent && dice_.chance(0.3);
        o.cold_at_first = !o.cached;
        o.is = s;
        if (s == substance::wrong) o.bytes = std::max<std::uint64_t>(o.bytes, 1);
        return {wanted::whole, &o, o.bytes};
    }

    modelled_entry member_of(substance s) {
        auto w = whole_of(s);
        w.of->is_shard = true;
        w.of->name += ".tar";
        w.of->bytes = 1'000'000;
        w.what = wanted::member;
        w.bytes = 2 + static_cast<std::uint64_t>(dice_.scale(1, 300e3));
        return w;
    }

    entry entry_of(modelled_entry const& w) {
        entry e;
        e.bucket = w.of->bucket;
        e.object = w.of->name;
        if (w.is_member()) e.archpath = "m" + std::to_string(members_++);
        if (w.has_range()) {
            e.range.length = static_cast<std::int64_t>(w.range);
            e.range.start = w.what == wanted::beyond ? static_cast<std::int64_t>(w.bytes) + 1 : 0;
            // A range from 0 to the end is not a range.
            if (e.range.start == 0 && w.bytes > w.range) e.range.start = 1;
        }
        // Stands for a checksum: the model's payloads have only a size.
        if (w.of->is == substance::wrong) e.expected_size = w.bytes + 1;
        return e;
    }

    world_plan const& plan_;
    dice dice_;
    contents out_;
    std::vector<stored_object*> shards_;
    std::vector<modelled_entry> good_;
    unsigned members_ = 0;
};

}  // namespace

sample_status modelled_entry::right() const noexcept {
    switch (what) {
        case wanted::beyond:
        case wanted::refused:
        case wanted::no_bucket:
        case wanted::denied_bucket:
        case wanted::invalid: return sample_status::failed;
        default: break;
    }
    switch (of->is) {
        case substance::absent: return sample_status::missing;
        case substance::garbage:
        case substance::broken:
        case substance::unreadable:
        case substance::wrong: return sample_status::failed;
        case substance::good: break;
    }
    return what == wanted::no_member ? sample_status::missing : sample_status::delivered;
}

std::string modelled_entry::words() const {
    switch (what) {
        case wanted::beyond: return "not satisfiable range";
        case wanted::refused: return "illegal something";
        case wanted::no_bucket: return "does not exist";
        case wanted::denied_bucket: return "forbidden";
        default: break;
    }
    switch (of->is) {
        case substance::garbage: return "file format";
        case substance::unreadable: return "input/output error";
        default: return {};
    }
}

std::string modelled_entry::describe() const {
    static constexpr char const* kinds[] = {
        "whole",     "range",   "range beyond", "member",        "range of a member",
        "no member", "refused", "no bucket",    "denied bucket", "invalid"};
    static constexpr char const* substances[] = {"", ", absent", ", garbage", ", broken", ", unreadable", ", wrong"};
    return std::string(kinds[static_cast<std::size_t>(what)]) + ' ' + of->bucket + '/' + of->name + ", " +
           std::to_string(bytes) + " bytes" + substances[static_cast<std::size_t>(of->is)] +
           (of->cold_at_first ? ", cold" : "");
}

contents make_contents(world_plan const& plan) {
    return maker(plan).make();
}

}  // namespace aisle::simulation
