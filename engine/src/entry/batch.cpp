#include "bucket_uri.hpp"
#include "entry_check.hpp"
#include "expectation.hpp"
#include "plain_path.hpp"

#include <aisle/batch.hpp>
#include <aisle/codec/utf8.hpp>

#include <algorithm>

namespace aisle {
namespace {

error refused(std::string text) {
    return {errc::invalid_entry, stage::usage, std::move(text)};
}

// AIStore's own rule for object names and archpaths (it refuses the whole batch). Also refuses repeated slashes:
// targets collapse them on disk, so that the object is found only by chance.
result<void> check_path(std::string_view what, std::string_view path) {
    if (detail::is_plain_path(path)) return {};
    auto const named = [&](char const* why) {
        return refused(std::string(what) + ' ' + why + ": \"" + std::string(path) + '"');
    };
    if (path.find('\0') != path.npos) return named("contains a NUL byte, which no archive header can hold");
    if (!codec::is_valid_utf8(path)) return named("is not valid UTF-8, so the server would look for another name");
    if (path.ends_with('/')) return named("ends with a slash");
    if (path.starts_with("~/")) return named("starts with ~/");
    for (std::size_t at = 0; at <= path.size();) {
        auto const slash = std::min(path.find('/', at), path.size());
        auto const part = path.substr(at, slash - at);
        if (part.empty()) return named("has an empty path component");
        if (part == "." || part == "..") return named("has a . or .. path component");
        at = slash + 1;
    }
    return {};
}

}  // namespace

batch& batch::add(std::string_view object) {
    return add(default_bucket_, object);
}

batch& batch::add(std::string_view bucket, std::string_view object) {
    note_bucket(entries_.emplace_back(std::string(bucket), std::string(object)));
    return *this;
}

batch& batch::add(std::string_view object, entry_options options) {
    return add(default_bucket_, object, std::move(options));
}

batch& batch::add(std::string_view bucket, std::string_view object, entry_options options) {
    return append({std::string(bucket), std::string(object), std::move(options.archpath), std::move(options.opaque),
                   options.range, options.expected_size, std::move(options.expected_checksum), options.tag});
}

batch& batch::add(aisle::entry e) {
    if (e.bucket.empty()) e.bucket = default_bucket_;
    return append(std::move(e));
}

batch& batch::append(aisle::entry&& e) {
    bool const is_name_only =
        e.archpath.empty() && e.opaque.empty() && e.range.whole() && !e.expected_size && e.expected_checksum.empty();
    note_bucket(entries_.emplace_back(std::move(e)));
    names_only_ = names_only_ && is_name_only;
    return *this;
}

void batch::note_bucket(aisle::entry const& added) noexcept {
    one_bucket_ = one_bucket_ && added.bucket == entries_.front().bucket;
}

result<void> check(entry const& e) {
    return detail::entry_check()(e);
}

result<void> detail::entry_check::check_fully(entry const& e) {
    if (e.bucket != good_bucket_ || e.bucket.empty()) {
        if (auto bucket = read_bucket(e.bucket); !bucket) return bucket.error();
        good_bucket_ = e.bucket;
    }
    if (e.object.empty()) return refused("the object has no name");
    if (auto ok = check_path("object name", e.object); !ok) return ok;
    if (!e.archpath.empty()) {
        // AIStore ignores a leading slash: it matches members with and without one.
        std::string_view archpath = e.archpath;
        archpath.remove_prefix(archpath.front() == '/' ? 1 : 0);
        if (auto ok = check_path("archpath", archpath); !ok) return ok;
    }
    if (e.bucket.size() + e.object.size() + e.archpath.size() > max_name_bytes)
        return refused("bucket, object name and archpath are over " + std::to_string(max_name_bytes) +
                       " bytes together, which can crash an AIStore target");
    auto const [start, length] = e.range;
    if (start < 0) return refused("the range starts before byte 0");
    if (length < -1) return refused("the range has a negative length; -1 means to the end");
    if (length == 0 && start > 0) return refused("the range is empty; use length -1 for everything from its start");
    if (start == 0 && length == -1)
        return refused("range {0, -1} fails on empty objects: leave it out for the whole object");
    if (length > 0 && start > INT64_MAX - length) return refused("the range ends past 2^63");
    if (length > 0 && e.expected_size && *e.expected_size != static_cast<std::uint64_t>(length))
        return refused("the expected size contradicts the range");
    if (e.expected_checksum.empty()) return {};
    auto const sum = read_checksum(e.expected_checksum);
    return sum ? codec::check_available(sum->type) : sum.error();
}

}  // namespace aisle
