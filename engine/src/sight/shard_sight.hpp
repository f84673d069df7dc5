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

/// The times and counts of one request, from its redirect to its end.
struct watched_request {
    using clock = std::chrono::steady_clock;

    std::string target = {};            ///< host:port; empty until it is redirected
    clock::time_point redirected_at{};  ///< of the last redirect
    clock::time_point head_at{};        ///< when the head of its response had arrived; default value: not yet
    clock::time_point last_at{};        ///< when its last sample had arrived; default value: not yet
    std::uint64_t bytes = 0;            ///< delivered payload
    std::uint64_t samples = 0;
};

/// Records a shard's requests: latencies, figures per target, and log events. Called on the shard's thread; any thread
/// may take snapshots of `latency` and `targets`.
class shard_sight {
public:
    using clock = watched_request::clock;

    /// log outlives it.
    explicit shard_sight(engine_log& log) noexcept : log_(log) {}

    latency_recorders latency;
    target_table targets;
    engine_log& log() noexcept { return log_; }

    /// A request is about to be sent. overcome: the newest fault of its batch.
    void asked(std::uint64_t batch, batch_action const& a, std::optional<error> const& overcome) noexcept;
    void head_came(watched_request& r, clock::time_point now) noexcept;
    /// A request has ended. fault: null if it was complete, or if we cancelled it, such as the slower one of a hedged
    /// pair.
    void ended(std::uint64_t batch, watched_request const& r, error const* fault);
    /// 429 or 503. limit: the shard's maximum of requests in flight from now on.
    void refused(std::uint64_t batch, http::url const& by, error const& why,
                 std::optional<std::chrono::milliseconds> retry_after, unsigned limit);
    /// A response pauses: the memory budget is used up, and the consumer has not taken its samples.
    void held_back(std::uint64_t batch, std::size_t in_use_bytes, std::size_t budget_bytes) noexcept;
    void entry_failed(std::uint64_t batch, std::uint32_t entry, error const& why) noexcept;
    void answered(batch_report const& report) noexcept;

private:
    void tell_fault(std::uint64_t batch, watched_request const& r, error const& fault);

    engine_log& log_;
};

}  // namespace aisle::detail
