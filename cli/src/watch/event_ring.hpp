#pragma once

#include <aisle/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::cli {

/// The newest log events, for the live page. Thread-safe. Each event costs a lock and a short text. Events concern
/// requests and nodes, not samples, so they are rare. Events of single entries ("plain_get") are left out, because
/// there can be thousands a second, and so is "run.progress"; the page shows their totals.
class event_ring {
public:
    static constexpr std::size_t capacity = 200;

    struct event {
        std::uint64_t number;  ///< from 1
        std::chrono::system_clock::time_point at;
        log_level level;
        std::string name;
        std::string fields;  ///< a JSON object
    };

    void add(log_level level, std::string_view name, std::span<log_field const> fields);
    /// The stored events with a number above `number`, oldest first.
    std::vector<event> after(std::uint64_t number) const;

private:
    mutable std::mutex mutex_;
    std::deque<event> events_;
    std::uint64_t last_ = 0;
};

/// Log options that add every event to the ring, and pass events of `own`'s level on to `own`'s hook.
log_options with_ring(log_options own, std::shared_ptr<event_ring> ring);

}  // namespace aisle::cli
