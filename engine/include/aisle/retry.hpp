#pragma once

#include <aisle/error.hpp>

#include <chrono>

namespace aisle {

/// How long a batch is tried for when the cluster is in trouble. The defaults outlast a target's restart.
///
/// After a fault only the entries that are not here yet are asked for again, at the proxy, in a new request. Both
/// limits count from the last entry that came: a batch that gets on may take as long as it needs.
struct retry_options {
    /// Requests in a row that bring nothing new before what is left fails. 1 or more; 1: nothing is asked for twice.
    unsigned attempts = 100;
    /// Time in which nothing new comes before what is left fails. 0 ms or more; max(): for ever.
    std::chrono::milliseconds elapsed{300'000};
    /// The wait before the n-th attempt is drawn from [0, first_wait * 2^n], at most longest_wait ("full jitter", so
    /// that many clients do not come back at once). A wait the server asks for (Retry-After) is kept. Each 0 ms or
    /// more; max(): no limit.
    std::chrono::milliseconds first_wait{100};
    std::chrono::milliseconds longest_wait{10'000};
    /// Instead of `elapsed` (where it is less) as long as no proxy has ever answered, counted from the first failure:
    /// an endpoint that is wrong is not tried for as long as a cluster that is down. From then on each batch fails with
    /// its first request, until a proxy answers or nothing was asked for a minute. 0 ms or more; max(): `elapsed`.
    std::chrono::milliseconds unreached{30'000};
};

/// Everything is asked for once, and what does not come fails.
inline constexpr retry_options no_retry{1};

/// True when asking for the same again, later, may succeed: the fault was the connection's, a node's, the cluster's
/// load or state, or damage on the way. False when the answer would be the same: the entry or its bucket does not
/// exist, the request or the token is refused, an option is wrong, the sample is too large, the caller's own code
/// threw, the stream was cancelled or its time is over. It is the rule by which the engine itself asks again; an error
/// that a sample or a stream bears has outlasted stream_options::retry. Pure, thread-safe.
bool is_retryable(error const& why);

}  // namespace aisle
