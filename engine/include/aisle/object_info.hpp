#pragma once

#include <cstdint>
#include <string>

namespace aisle {

/// A checksum as AIStore keeps it with an object.
struct object_checksum {
    std::string type = {};   ///< xxhash2, crc32c, md5, sha256, sha512; empty: none is known
    std::string value = {};  ///< hexadecimal, in lower case

    bool known() const noexcept { return !type.empty() && !value.empty(); }
    /// "TYPE:HEX", as entry_options::expected_checksum takes it; empty where none is known.
    std::string text() const { return known() ? type + ':' + value : std::string(); }

    friend bool operator==(object_checksum const&, object_checksum const&) = default;
};

/// What AIStore says of an object, or of a member of an archive, besides its bytes.
struct object_info {
    /// Name of the object in its bucket; of a member, of the archive that it is in.
    std::string name = {};
    /// Path of the member inside that archive, as entry_options::archpath takes it; empty: this is an object.
    std::string archpath = {};
    /// Bytes of it. Of a member: after decompression.
    std::uint64_t size = 0;
    /// Of the whole object. None for members. A listing has it only where list_options::details is set.
    object_checksum checksum = {};
    /// AIStore's version of the object, such as "1"; may be empty. A listing has it only with list_options::details.
    std::string version = {};
    /// Where it lies: "t[NODE]:mp[PATH, ...]"; may be empty. A listing has it only with list_options::details.
    std::string location = {};
    /// It is in the cluster. False for an object of a cloud bucket that only its backend has.
    bool cached = false;
    /// It is an archive, and its members follow. Only a listing with list_options::members says so.
    bool is_archive = false;
    /// It is named as an archive is, and AIStore cannot read what is in it: no members follow. Only a listing with
    /// list_options::members says so. (Of an archive that was cut short AIStore lists the members before the cut.)
    bool is_unreadable = false;
};

}  // namespace aisle
