#pragma once

#include "../batch/batch_machine.hpp"
#include "engine_log.hpp"
#include "latency_recorder.hpp"
#include "target_table.hpp"

#include <aisle/error.hpp>
#include <aisle/http/url.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::detail {

/// One request as it is watched, from its redirect to its end.
struct watched_request {
    using clock = std::chrono::steady_clock;

    std::string target = {};            ///< host:port; empty until it is redirected
    clock::time_point redirected_at{};  ///< of the last redirect
    clock::time_point head_at{};        ///< when the head of its answer was here; nothing: it has not come
    clock::time_point last_at{};        ///< when its last sample was here; nothing: it has not come
    std::uint64_t bytes = 0;            ///< of payload that it brought
    std::uint64_t samples = 0;
};

/// What a shard shows of its requests: latencies, what each target did, and events. One thread, the shard's, calls;
/// snapshots of `latency` and `targets` may be taken by any.
class shard_sight {
public:
    using clock = watched_request::clock;

    /// log outlives it.
    explicit shard_sight(engine_log& log) noexcept : log_(log) {}

    latency_recorders latency;
    target_table targets;
    engine_log& log() noexcept { return log_; }

    /// A request is about to be made. overcome: the newest fault of its batch.
    void asked(std::uint64_t batch, batch_action const& a, std::optional<error> const& overcome) noexcept;
    void head_came(watched_request& r, clock::time_point now) noexcept;
    /// It is over. fault: nothing when it was whole, or was cancelled by us. health: of its target.
    void ended(std::uint64_t batch, watched_request const& r, error const* fault, double health);
    /// 429 or 503. limit: requests that may be under way from now on, of the shard.
    void refused(std::uint64_t batch, http::url const& by, error const& why,
                 std::optional<std::chrono::milliseconds> retry_after, unsigned limit);
    /// An answer rests, as the consumer has not taken what is there and the budget is used up.
    void held_back(std::uint64_t batch, std::size_t in_use_bytes, std::size_t budget_bytes) noexcept;
    void entry_failed(std::uint64_t batch, std::uint32_t entry, error const& why) noexcept;
    void answered(batch_report const& report) noexcept;

private:
    void tell_fault(std::uint64_t batch, watched_request const& r, error const& fault);

    engine_log& log_;
};

}  // namespace aisle::detail
