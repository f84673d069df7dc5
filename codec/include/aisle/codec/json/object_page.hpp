#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// The request for one page of a listing (AIStore's LsoMsg).
struct page_request {
    std::string uuid = {};      ///< of the listing, from its first page; empty for the first page
    std::string token = {};     ///< continuation token from the previous page; empty for the first page
    std::string prefix = {};    ///< of the object names
    std::string props = {};     ///< comma-separated: name, size, cached, checksum, version, location
    std::uint64_t flags = 0;    ///< list_cached_only, list_members
    std::uint64_t entries = 0;  ///< maximum per page; 0: the server chooses
};

/// Bits of page_request::flags (AIStore, api/apc/lsmsg.go).
inline constexpr std::uint64_t list_cached_only = 1u << 0;  ///< only objects present in the cluster
inline constexpr std::uint64_t list_members = 1u << 3;      ///< include members of archives

/// One entry of a page.
struct listed_entry {
    /// Bits of flags.
    static constexpr std::uint32_t cached = 1u << 6;
    static constexpr std::uint32_t in_archive = 1u << 7;
    static constexpr std::uint32_t directory = 1u << 8;
    static constexpr std::uint32_t archive = 1u << 9;

    std::string name;
    std::uint64_t size = 0;  ///< in bytes. AIStore leaves out the size of empty objects
    std::string checksum;    ///< the value; its type is a property of the bucket
    std::string version;
    std::string location;  ///< "t[ID]:mp[PATH, ...]"
    std::uint32_t flags = 0;
};

struct object_page {
    std::string uuid;
    std::string token;  ///< continuation token of the next page; empty on the last page
    std::vector<listed_entry> entries;
};

/// The JSON body of GET /v1/buckets/NAME.
std::string write_page_request(page_request const& what);

/// Parses the response. errc::bad_metadata at stage::metadata when it is not such a page: no entries, an entry without
/// a name, a size that is not a number. errc::limit_exceeded over max_json_bytes.
result<object_page> read_object_page(std::string json);

}  // namespace aisle::codec
