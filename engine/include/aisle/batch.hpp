#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle {

/// Bytes [start, start + length) of an object, or of the archive member where an archpath is given.
/// {0, 0} is the whole of it; length -1 means to the end.
struct byte_range {
    std::int64_t start = 0;
    std::int64_t length = 0;

    bool whole() const noexcept { return start == 0 && length == 0; }
    friend bool operator==(byte_range const&, byte_range const&) = default;
};

/// What may be said of an entry besides its bucket and object.
struct entry_options {
    /// Path of a member inside the object, which then is a shard (an archive).
    std::string archpath = {};
    /// Bytes of the caller's own that come back with the sample, unchanged. They stay in this process, unless
    /// stream_options::send_opaque says otherwise.
    std::string opaque = {};
    byte_range range = {};
    /// Bytes the payload must have, where they are known, say from a listing.
    std::optional<std::uint64_t> expected_size = {};
    /// What the payload's checksum must be, as AIStore writes it: "TYPE:HEX" with TYPE one of xxhash2 (or xxhash),
    /// crc32c, md5, sha256, sha512. Empty: none is known. Of the bytes that were asked for: AIStore knows those of
    /// whole objects.
    std::string expected_checksum = {};
    /// A number of the caller's own that comes back with the sample (sample.entry().tag). It costs nothing and is never
    /// sent.
    std::uint64_t tag = 0;
};

/// One thing to fetch.
struct entry {
    std::string bucket = {};    ///< "ais://name", "ais://@uuid#namespace/name"; providers: ais, s3, gs, az, oci, ht
    std::string object = {};    ///< name in the bucket, UTF-8
    std::string archpath = {};  ///< empty for the object itself
    std::string opaque = {};
    byte_range range = {};
    std::optional<std::uint64_t> expected_size = {};
    std::string expected_checksum = {};
    std::uint64_t tag = 0;

    friend bool operator==(entry const&, entry const&) = default;
};

/// The entries of one Get-Batch request, in the order their samples will come.
///
/// A value: build it, copy it, move it into the engine. Any bytes may be added; what AIStore would refuse or be
/// harmed by is found by check(), which the engine runs on every entry before anything is sent.
class batch {
public:
    /// default_bucket: used by add() calls that name none, such as "ais://train".
    explicit batch(std::string default_bucket = {}) : default_bucket_(std::move(default_bucket)) {}

    /// Appends an object (or member, or range) of the default bucket.
    batch& add(std::string_view object, entry_options options = {});
    /// Appends one from a bucket of its own.
    batch& add(std::string_view bucket, std::string_view object, entry_options options = {});
    batch& add(aisle::entry e);
    /// Reserves memory for this number of entries in total. Throws std::bad_alloc.
    void reserve(std::size_t entries) { entries_.reserve(entries); }

    std::vector<entry> const& entries() const noexcept { return entries_; }
    std::size_t size() const noexcept { return entries_.size(); }
    bool empty() const noexcept { return entries_.empty(); }
    std::string const& default_bucket() const noexcept { return default_bucket_; }

private:
    std::string default_bucket_;
    std::vector<entry> entries_;
};

/// Says why an entry must not be sent, or nothing.
///
/// Refused, with errc::invalid_entry: an empty or non-UTF-8 name, a NUL byte, `.` or `..` or empty path components,
/// a leading "~/", a trailing "/", bucket + object + archpath over max_name_bytes (AIStore targets overrun a 4 KiB
/// transport header and crash), a range AIStore answers with 400 for the whole batch, an unknown provider, an expected
/// size other than the range's, an expected checksum that is none. Refused with errc::no_such_checksum: a type of
/// checksum that OpenSSL cannot compute on this host, such as md5 where it is configured for FIPS.
result<void> check(entry const& e);

/// Longest bucket + object + archpath that is sent, in bytes.
inline constexpr std::size_t max_name_bytes = 1000;

}  // namespace aisle
