#pragma once

#include <aisle/options.hpp>
#include <aisle/result.hpp>

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace aisle::cli {

struct listed_object {
    std::string name;
    std::uint64_t size_bytes = 0;
};

/// What is in a bucket, by AIStore's list API: GET /v1/buckets/NAME with a JSON body, a page at a time.
///
/// bucket is "ais://name". stop ends it with errc::cancelled. Blocks; runs its
/// own event loop. Errors: those of the http room, errc::server_error with the server's words, errc::bad_metadata for
/// an answer that is not a listing, errc::invalid_argument for the bucket. Throws as cluster_session does.
result<std::vector<listed_object>> list_bucket(engine_options const& cluster, std::string const& bucket,
                                               std::stop_token stop);

}  // namespace aisle::cli
