#pragma once

#include <cstdint>
#include <string>

namespace aisle {

/// The checksum that AIStore stores with an object.
struct object_checksum {
    std::string type = {};   ///< xxhash2, crc32c, md5, sha256, sha512; empty: unknown
    std::string value = {};  ///< lower-case hexadecimal

    bool known() const noexcept { return !type.empty() && !value.empty(); }
    /// "TYPE:HEX", the format of entry_options::expected_checksum; empty if unknown.
    std::string text() const { return known() ? type + ':' + value : std::string(); }

    friend bool operator==(object_checksum const&, object_checksum const&) = default;
};

/// Metadata of an object or of an archive member.
struct object_info {
    /// Name of the object in its bucket. For a member: name of its archive.
    std::string name = {};
    /// Path of the member in its archive, as in entry_options::archpath. Empty for an object.
    std::string archpath = {};
    /// Size in bytes. For a member: after decompression.
    std::uint64_t size = 0;
    /// Checksum of the whole object; unknown for members. Listings have it only with list_options::details.
    object_checksum checksum = {};
    /// AIStore's version of the object, such as "1"; may be empty. Listings have it only with list_options::details.
    std::string version = {};
    /// Its location, "t[NODE]:mp[PATH, ...]"; may be empty. Listings have it only with list_options::details.
    std::string location = {};
    /// True: the cluster holds it. False: only the backend of its cloud bucket does.
    bool cached = false;
    /// True: it is an archive, and its members follow. Set only by a listing with list_options::members.
    bool is_archive = false;
    /// True: it is named like an archive, but AIStore cannot read it; no members follow. Set only by a listing with
    /// list_options::members. (Of a truncated archive AIStore lists the members before the cut.)
    bool is_unreadable = false;
};

}  // namespace aisle
