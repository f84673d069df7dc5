#pragma once

#include <aisle/error.hpp>
#include <aisle/retry.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aisle::detail {

/// A request that did not bring all it was made for.
struct trouble {
    aisle::error why;
    /// What was asked for: how many entries, of how many buckets.
    std::size_t asked = 1;
    bool one_bucket = true;
    /// Plain GETs of this one entry in a row; 0 when it was asked for by Get-Batch.
    unsigned plain = 0;
    /// Requests in a row that brought nothing new, counted from the last one that did, which is number 1.
    unsigned attempt = 1;
    /// Since something new came last.
    std::chrono::nanoseconds elapsed{0};
    /// What the server asked for (RFC 9110, section 10.2.3).
    std::optional<std::chrono::milliseconds> retry_after = {};
    /// Uniform in [0, 1): the jitter.
    double draw = 0;
};

enum class next_step : std::uint8_t {
    again,          ///< ask for what is left
    split,          ///< ask for half as many entries at a time, to find the one the server stumbles over
    split_buckets,  ///< ask for the entries of one bucket at a time: one of them is refused
    plain_get,      ///< ask for the entry as an object, not by Get-Batch
    fail_asked,     ///< what was asked for fails, what else is left of the batch is gone on with
    give_up         ///< all that is left of the batch fails
};

struct decision {
    next_step what = next_step::give_up;
    std::chrono::milliseconds after{0};
};

/// What to do about it. Pure: the one place that knows what AIStore's failures mean.
///
/// A fault of the connection or of the cluster's state (reset, 409, 429, 503, a used redirect, a node that does not
/// answer) passes: again, after a wait. A request that the server begins and does not finish may have met a node that
/// fails or an entry that is bad, and AIStore does not tell which (a clean, short archive): twice again, then in
/// halves, until the entry stands alone and is asked for as a plain object, whose answer has a reason. What the server
/// says of the request itself (400, 403, 404 of a bucket) will be said again: in halves at once.
decision decide(trouble const& t, retry_options const& options);

}  // namespace aisle::detail
