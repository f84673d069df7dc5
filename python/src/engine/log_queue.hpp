#pragma once

#include "../nanobind_headers.hpp"

#include <aisle/log.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace aisle::python {

/// Log events of the engine's threads, until a Python thread passes them to `logging`: engine threads never run Python.
/// Thread-safe.
class log_queue {
public:
    /// Maximum number of waiting events; later ones are dropped.
    static constexpr std::size_t most_waiting = 1000;

    /// For log_options::hook. Any thread, without the GIL.
    void add(log_level level, std::string_view event, std::span<log_field const> fields);

    /// Events below this level are dropped. Any thread.
    void set_level(log_level least) noexcept { least_.store(least, std::memory_order_relaxed); }
    bool has_events() const noexcept { return waits_.load(std::memory_order_relaxed); }
    /// A list of (level, event, {key: value}), oldest first; its last one is "log.dropped" if some were dropped. With
    /// the GIL.
    nb::list take();

private:
    using value = std::variant<std::string, std::int64_t, std::uint64_t, double>;
    struct event {
        log_level level;
        std::string name;
        std::vector<std::pair<std::string, value>> fields;
    };

    std::atomic<log_level> least_{log_level::warning};
    std::atomic<bool> waits_{false};
    std::mutex mutex_;
    std::deque<event> events_;
    std::uint64_t dropped_ = 0;
};

}  // namespace aisle::python
