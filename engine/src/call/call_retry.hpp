#pragma once

#include "../batch/fault.hpp"

#include <aisle/error.hpp>
#include <aisle/retry.hpp>

#include <chrono>
#include <optional>

namespace aisle::detail {

/// Decides whether a failed request is repeated, and when. A plain class, one for each operation on a bucket; the
/// caller passes the time and the random number.
class call_retry {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// Maximum attempts that deliver wrong bytes. Damage in transit is unlikely to happen again, damage in storage
    /// stays.
    static constexpr unsigned most_bad_payloads = 3;
    /// Maximum attempts that fail without a stated reason.
    static constexpr unsigned most_unexplained = 5;

    call_retry(retry_options options, time_point now) noexcept : options_(options), progressed_at_(now) {}

    /// New bytes have arrived: the count starts again.
    void progressed(time_point now) noexcept;

    struct surroundings {
        time_point now;
        double draw = 0;                                 ///< uniform in [0, 1)
        std::optional<milliseconds> retry_after = {};    ///< from the server
        std::optional<time_point> unreached_since = {};  ///< of proxy_list
        bool missing_is_uncertain = false;               ///< of cluster_view
    };
    /// An attempt has failed. Returns the wait before the next one; nullopt: no more attempts.
    std::optional<milliseconds> failed(error const& why, surroundings const& s) noexcept;

    /// Attempts that failed so far.
    unsigned failures() const noexcept { return failures_; }

private:
    bool is_worth_it(error const& why, surroundings const& s) noexcept;

    retry_options const options_;
    time_point progressed_at_;
    unsigned failures_ = 0;
    unsigned in_a_row_ = 0;  // since new bytes arrived
    unsigned bad_payloads_ = 0;
    unsigned unexplained_ = 0;
};

}  // namespace aisle::detail
