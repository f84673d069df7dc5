#pragma once

#include "check_report.hpp"
#include "node_client.hpp"

#include <aisle/batch.hpp>
#include <aisle/engine.hpp>
#include <aisle/options.hpp>

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace aisle::cli {

/// Checks a bucket: that it can be listed, and that a batch of its objects arrives in each format and mode. Sizes and
/// checksums are compared with those of the listing.
class bucket_checks {
public:
    /// All arguments must outlive it. limit: how long a failed request is retried.
    bucket_checks(engine_options const& options, std::string const& bucket, std::chrono::milliseconds limit,
                  check_report& report, std::stop_token stop);

    /// Lists the bucket and selects objects. False if it has none, or cannot be listed.
    bool find_objects();
    /// Stores probe objects, which are used instead. False if one could not be stored.
    bool put_probes();
    /// Removes the probe objects through `client`, because an engine cannot delete objects. endpoint: a proxy that
    /// responds, as http://HOST:PORT.
    void remove_probes(node_client& client, std::string const& endpoint);
    /// Requests a batch of the objects in each format and mode.
    void fetch_batches();

private:
    void fetch_batch(std::string const& format, bool streamed);
    retry_options retry() const;

    engine_options const& options_;
    std::string const& bucket_;
    std::chrono::milliseconds const limit_;
    check_report& report_;
    std::stop_token stop_;
    engine engine_;
    std::vector<entry> entries_;
    std::vector<std::string> probes_;  ///< names of the probe objects that were stored
};

}  // namespace aisle::cli
