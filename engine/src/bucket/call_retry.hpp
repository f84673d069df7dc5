#pragma once

#include "../batch/fault.hpp"

#include <aisle/error.hpp>
#include <aisle/retry.hpp>

#include <chrono>
#include <optional>

namespace aisle::detail {

/// Decides whether a request that failed is made again, and when. A plain class, one for each operation on a bucket;
/// the caller brings time and chance.
class call_retry {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    /// Bytes that are wrong are asked for so often: wrong on the way, they come right; wrong where they lie, never.
    static constexpr unsigned most_spoilt = 3;
    /// A server that fails without saying why is asked so often.
    static constexpr unsigned most_unexplained = 5;

    call_retry(retry_options options, time_point now) noexcept : options_(options), progressed_at_(now) {}

    /// Something new came: the count begins anew.
    void progressed(time_point now) noexcept;

    struct surroundings {
        time_point now;
        double draw = 0;                                 ///< uniform in [0, 1)
        std::optional<milliseconds> retry_after = {};    ///< the server's wish
        std::optional<time_point> unreached_since = {};  ///< of proxy_list
        bool missing_is_doubtful = false;                ///< of cluster_view
    };
    /// An attempt has failed. How long to wait before the next; nothing: there is none.
    std::optional<milliseconds> failed(error const& why, surroundings const& s) noexcept;

    /// Attempts that failed so far.
    unsigned failures() const noexcept { return failures_; }

private:
    bool is_worth_it(error const& why, surroundings const& s) noexcept;

    retry_options const options_;
    time_point progressed_at_;
    unsigned failures_ = 0;
    unsigned in_a_row_ = 0;  // since something new came
    unsigned spoilt_ = 0;
    unsigned unexplained_ = 0;
};

}  // namespace aisle::detail
