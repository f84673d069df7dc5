#pragma once

#include <aisle/export.h>
#include <aisle/result.hpp>

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace aisle {

class engine;

/// The Get-Batch counters of one target since it started, for all of its clients together. The name of each metric in
/// AIStore is in brackets.
struct AISLE_API target_counters {
    std::string id;                         ///< AIStore's name of the target
    std::string name;                       ///< host:port, as target_stats::name
    std::uint64_t batches = 0;              ///< batches that ended, failed ones included (getbatch.n)
    std::uint64_t objects = 0;              ///< whole objects sent; empty objects are not counted (getbatch.obj.n)
    std::uint64_t object_bytes = 0;         ///< of these (getbatch.obj.size)
    std::uint64_t members = 0;              ///< members of shards sent (getbatch.file.n)
    std::uint64_t member_bytes = 0;         ///< of these (getbatch.file.size)
    std::chrono::nanoseconds peer_wait{0};  ///< time spent waiting for entries from other targets
                                            ///< (getbatch.rxwait.ns). AIStore counts a wait only when it reaches the
                                            ///< polling interval, so this is 0 in a healthy cluster
    std::chrono::nanoseconds throttled{0};  ///< time that requests were delayed, because memory or disks were under
                                            ///< load, or too many requests were pending (getbatch.throttle.ns)
    std::uint64_t soft_errors = 0;          ///< entries that were missing or had to be recovered
                                            ///< (err.soft.getbatch.n)
    std::uint64_t hard_errors = 0;          ///< batches that failed, including those refused with 429
                                            ///< (err.getbatch.n)
    std::uint64_t recoveries = 0;           ///< entries that the target fetched from their owner, because the owner
                                            ///< did not send them (getbatch.gfn.n)
    std::uint64_t failed_recoveries = 0;    ///< of these: fetches that failed (err.gfn.getbatch.n)

    void add(target_counters const& other) noexcept;  ///< adds the counters; id and name stay as they are
};

/// A snapshot of the counters of all targets. A plain value.
struct AISLE_API cluster_stats {
    std::chrono::steady_clock::time_point
        taken_at{};                          ///< when the response arrived; after since(): of the later snapshot
    std::chrono::nanoseconds elapsed{0};     ///< after since(): the length of the interval; otherwise 0
    std::vector<target_counters> targets{};  ///< ordered by id

    /// The counters of the interval since `earlier`. A target that is not in `earlier` counts from 0: it has joined the
    /// cluster. So does a target with a counter that is lower than in `earlier`: it was restarted.
    cluster_stats since(cluster_stats const& earlier) const;
    /// The sum of all targets; id and name are empty.
    target_counters sum() const noexcept;
};

/// Fetches the counters of all targets through a proxy of the engine's cluster. The proxy asks each target. The request
/// is not retried. Blocks until the response has arrived, until the proxy is silent for engine_options::proxy_timeout,
/// or until stop is requested (errc::cancelled). Thread-safe, but must not be called on a thread of the engine
/// (errc::invalid_argument).
///
/// Errors: those of connections; errc::server_error with http_status 401 or 403 when the token does not permit it
/// (AIStore: the permission to show the cluster), 400 or 404 when the server is not an AIStore proxy;
/// errc::bad_metadata when the response cannot be read. Throws only std::bad_alloc, and std::system_error when the
/// engine cannot start its threads.
AISLE_API result<cluster_stats> fetch_cluster_stats(engine const& through, std::stop_token stop = {});

}  // namespace aisle
