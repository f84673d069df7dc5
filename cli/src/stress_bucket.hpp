#pragma once

#include "stress_catalog.hpp"

#include <aisle/options.hpp>

#include <cstdint>
#include <stop_token>
#include <string>

namespace aisle::cli {

/// Whose idea a bucket's name was.
enum class bucket_naming : std::uint8_t {
    own,   ///< drawn by the command: nobody else has such a bucket
    given  ///< by the user: a bucket of that name may be somebody's
};

/// A bucket that `aisle stress` makes for itself, and takes away again with everything in it. All calls block.
class stress_bucket {
public:
    /// bucket is "ais://name"; throws aisle::exception for anything else. Nothing is sent.
    /// retry: of each request.
    stress_bucket(engine_options cluster, retry_options retry, std::string bucket, bucket_naming naming);

    std::string const& uri() const noexcept { return bucket_; }

    /// Throws aisle::exception; when the cluster has the bucket already, too: what is in it is somebody's.
    /// Not to be stopped: afterwards it is known whether there is a bucket to take away.
    void create();
    /// PUTs every object of the catalog, sixteen at a time, each tried several times.
    /// Throws aisle::exception for one that could not be put, and for stop (errc::cancelled).
    void fill(stress_catalog const& catalog, std::stop_token stop);
    /// Takes it away, if it was made; tries several times. Throws aisle::exception.
    void destroy();
    /// Leaves it in the cluster.
    void keep() noexcept { made_ = false; }

private:
    engine_options const cluster_;
    retry_options const retry_;
    std::string const bucket_;
    bucket_naming const naming_;
    bool made_ = false;  ///< by us, so it is ours to destroy
};

}  // namespace aisle::cli
