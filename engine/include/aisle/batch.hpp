#pragma once

#include <aisle/export.h>
#include <aisle/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle {
namespace detail {
struct batch_facts;
}

/// Bytes [start, start + length) of an object, or of an archive member if the entry has an archpath.
/// {0, 0}: all bytes. length -1: from start to the end.
struct byte_range {
    std::int64_t start = 0;
    std::int64_t length = 0;

    bool whole() const noexcept { return start == 0 && length == 0; }
    friend bool operator==(byte_range const&, byte_range const&) = default;
};

/// The optional fields of an entry.
struct entry_options {
    /// Path of a member inside the object, which must then be a shard (an archive).
    std::string archpath = {};
    /// Any bytes; the sample returns them unchanged. Sent to the server only with stream_options::send_opaque.
    std::string opaque = {};
    byte_range range = {};
    /// The payload's size in bytes if it is known, for example from a listing. A sample of another size fails.
    std::optional<std::uint64_t> expected_size = {};
    /// The payload's checksum if it is known, as AIStore writes it: "TYPE:HEX" with TYPE one of xxhash2 (or xxhash),
    /// crc32c, md5, sha256, sha512. It covers the requested bytes; AIStore itself keeps checksums of whole objects
    /// only. Empty: not checked.
    std::string expected_checksum = {};
    /// Any number; the sample returns it (sample.entry().tag). Costs nothing and is never sent.
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

/// The entries of one Get-Batch request. Samples arrive in the order of the entries.
///
/// A value type: build it, copy it, move it into the engine. add() accepts any bytes. The engine runs check() on every
/// entry before it sends anything, and so finds the entries that AIStore would refuse or be harmed by.
class AISLE_API batch {
public:
    /// default_bucket: the bucket for add() calls without one, such as "ais://train".
    explicit batch(std::string default_bucket = {}) : default_bucket_(std::move(default_bucket)) {}

    /// Appends an object (or member, or range) of the default bucket. Like all add() functions, throws std::bad_alloc;
    /// the batch is then unchanged.
    batch& add(std::string_view object);
    batch& add(std::string_view object, entry_options options);
    /// Appends an object of another bucket.
    batch& add(std::string_view bucket, std::string_view object);
    batch& add(std::string_view bucket, std::string_view object, entry_options options);
    batch& add(aisle::entry e);
    /// Reserves memory for this number of entries in total. Throws std::bad_alloc.
    void reserve(std::size_t entries) { entries_.reserve(entries); }

    std::vector<entry> const& entries() const noexcept { return entries_; }
    std::size_t size() const noexcept { return entries_.size(); }
    bool empty() const noexcept { return entries_.empty(); }
    std::string const& default_bucket() const noexcept { return default_bucket_; }

private:
    friend struct detail::batch_facts;

    batch& append(aisle::entry&& e);
    void note_bucket(aisle::entry const& added) noexcept;

    std::string default_bucket_;
    std::vector<entry> entries_;
    bool one_bucket_ = true;
    bool names_only_ = true;
};

/// Checks an entry. Success, or the reason why it must not be sent.
///
/// errc::invalid_entry: an empty or non-UTF-8 name; a NUL byte; an empty, `.` or `..` path component; a leading "~/"; a
/// trailing "/"; bucket + object + archpath longer than max_name_bytes (AIStore targets overrun a 4 KiB transport
/// header and crash); a range for which AIStore responds 400 to the whole batch; an unknown provider; an expected size
/// that contradicts the range; a malformed expected checksum. errc::no_such_checksum: a checksum type that OpenSSL
/// cannot compute on this host, such as md5 in FIPS mode.
AISLE_API result<void> check(entry const& e);

/// Maximum length of bucket + object + archpath, in bytes.
inline constexpr std::size_t max_name_bytes = 1000;

}  // namespace aisle
