#pragma once

#include "../call/operation.hpp"

#include <aisle/object_listing.hpp>

#include <optional>
#include <string>
#include <vector>

namespace aisle::detail {

/// Entries in one page, by AIStore's own limit.
inline constexpr unsigned most_page_entries = 10'000;

/// A position in a listing.
struct listing_place {
    std::string uuid = {};   ///< AIStore's name of the listing; empty at its start
    std::string token = {};  ///< of the previous page; empty at its start
    /// The type of the bucket's checksums, once known.
    std::optional<std::string> checksum_type = {};
};

/// A page, and where the next one begins; its token is empty after the last page.
struct listing_step {
    std::vector<object_info> objects;
    listing_place next;
};

/// Fetches the page at `from` and the members of its archives. The page may be empty although it is not the last one.
http::task<result<listing_step>> fetch_page(operation_context context, std::string bucket, std::string prefix,
                                            list_options options, listing_place from);

}  // namespace aisle::detail
