#pragma once

#include <aisle/error.hpp>
#include <aisle/export.h>

#include <chrono>

namespace aisle {

/// How often and how long a batch is retried. The defaults outlast the restart of a target.
///
/// After a fault the engine requests only the entries that have not arrived, from the proxy, in a new request. Both
/// limits count from the last entry that arrived: a batch that makes progress may take any time.
struct retry_options {
    /// Maximum number of consecutive requests without a new sample; then the remaining entries fail. 1 or more; 1: no
    /// retry.
    unsigned attempts = 100;
    /// Maximum time without a new sample; then the remaining entries fail. 0 ms or more; max(): no limit.
    std::chrono::milliseconds elapsed{300'000};
    /// Backoff: the wait before the n-th attempt is drawn from [0, first_wait * 2^n], at most longest_wait ("full
    /// jitter": many clients do not retry at the same moment). A Retry-After header of the server is honoured. Each 0
    /// ms or more; max(): no limit.
    std::chrono::milliseconds first_wait{100};
    std::chrono::milliseconds longest_wait{10'000};
    /// Replaces `elapsed`, if it is less, while no proxy has ever responded; counted from the first failure. A wrong
    /// endpoint thus fails sooner than a cluster that is down. After this time each batch fails with its first request,
    /// until a proxy responds or no request was made for a minute. 0 ms or more; max(): `elapsed`.
    std::chrono::milliseconds unreached{30'000};
};

/// No retries: every entry is requested once.
inline constexpr retry_options no_retry{1};

/// Whether the same request may succeed later. True for faults of a connection or a node, for an overloaded or changing
/// cluster, and for data damaged in transit. False if the result would be the same: the entry or its bucket does not
/// exist, the request or token was refused, an option is invalid, the sample is too large, the caller's code threw, or
/// the stream was cancelled or timed out. The engine's own retries follow this rule, so an error that a sample or
/// stream reports has already exhausted stream_options::retry. Pure, thread-safe.
AISLE_API bool is_retryable(error const& why);

}  // namespace aisle
