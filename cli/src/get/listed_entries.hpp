#pragma once

#include <aisle/batch.hpp>
#include <aisle/engine.hpp>
#include <aisle/retry.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace aisle::cli {

/// Which objects of a bucket to fetch.
struct listing_options {
    std::string bucket;                   ///< "ais://name"
    std::string prefix;                   ///< of their names
    std::optional<std::uint64_t> sample;  ///< only this many, selected at random; at least 1
    std::uint64_t seed = 1;               ///< of the selection
    retry_options retry = {};             ///< for each request
};

/// Lists the objects and submits an entry for each, with its size as the expected one, in the order of the listing.
/// Without a sample each is submitted when its page arrives; with one, when the listing is complete. The same seed
/// selects the same objects as long as the bucket does not change. submit may block; false ends the listing. Returns
/// the number of entries submitted; 0 after stop. Throws aisle::exception.
std::uint64_t submit_listed(engine& from, listing_options const& options, std::function<bool(entry)> const& submit,
                            std::stop_token stop);

}  // namespace aisle::cli
