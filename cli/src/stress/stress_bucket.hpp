#pragma once

#include "stress_catalog.hpp"

#include <aisle/options.hpp>

#include <cstdint>
#include <stop_token>
#include <string>

namespace aisle::cli {

/// Where the name of a bucket comes from.
enum class bucket_naming : std::uint8_t {
    generated,  ///< random: no other bucket has it
    given       ///< given by the user: such a bucket may exist already
};

/// The bucket that `aisle stress` creates, fills, and destroys. All calls block.
class stress_bucket {
public:
    /// bucket: "ais://name"; throws aisle::exception for anything else. Sends nothing. retry: for each request.
    stress_bucket(engine_options cluster, retry_options retry, std::string bucket, bucket_naming naming);

    std::string const& uri() const noexcept { return bucket_; }

    /// Throws aisle::exception, also when the bucket exists already: its content may belong to somebody. Cannot be
    /// stopped, so that afterwards it is known whether there is a bucket to destroy.
    void create();
    /// PUTs every object of the catalog, 16 at a time, with retries. Throws aisle::exception for one that could not be
    /// stored, and after stop (errc::cancelled).
    void fill(stress_catalog const& catalog, std::stop_token stop);
    /// Destroys the bucket with its content, if it was created; with retries. Throws aisle::exception.
    void destroy();
    /// Makes destroy() leave the bucket in the cluster.
    void keep() noexcept { created_ = false; }

private:
    engine_options const cluster_;
    retry_options const retry_;
    std::string const bucket_;
    bucket_naming const naming_;
    bool created_ = false;  ///< by this object, so destroy() may remove it
};

}  // namespace aisle::cli
