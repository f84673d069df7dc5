#pragma once

#include "operation.hpp"

#include <aisle/object_listing.hpp>

#include <optional>
#include <string>
#include <vector>

namespace aisle::detail {

/// Entries in one page, by AIStore's own limit.
inline constexpr unsigned most_page_entries = 10'000;

/// How far a listing is.
struct listing_place {
    std::string uuid = {};   ///< AIStore's name of the listing; empty at its start
    std::string token = {};  ///< of the page before; empty at its start
    /// Of the bucket's checksums, once it is known.
    std::optional<std::string> checksum_type = {};
};

/// A page, and where the next one begins; its token is empty behind the last.
struct listing_step {
    std::vector<object_info> objects;
    listing_place next;
};

/// Fetches the page at `from`, which may be empty although it is not the last, and the members of its archives.
http::task<result<listing_step>> fetch_page(operation_context context, std::string bucket, std::string prefix,
                                            list_options options, listing_place from);

}  // namespace aisle::detail
