#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <variant>

namespace aisle {

/// How much an event matters.
enum class log_level : std::uint8_t {
    debug,    ///< what happens all the time: hedges, plain GETs, redirects dropped
    info,     ///< what was mended or has changed: retries, the cluster's map, a target that is well again
    warning,  ///< what costs time: refusals, lost connections, sick targets, memory
    error,    ///< what was lost: entries that failed
    off       ///< nothing; no event has this level
};

/// "debug", "info", "warning", "error", "off".
std::string_view to_string(log_level l) noexcept;

/// One fact of an event. Durations are in milliseconds, and their keys end in _ms.
struct log_field {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double> value;
};

/// Takes an event. Everything it is given is a view that lives until it returns.
///
/// event is a stable dotted name, such as "retry" or "map.changed"; docs/operations.md lists them with their fields.
/// Text of a server's may hold any bytes.
using log_hook = std::function<void(log_level level, std::string_view event, std::span<log_field const> fields)>;

/// What an engine tells of what it does.
struct log_options {
    /// Called for each event, on an engine thread; with several shards by several threads at once. It must return
    /// promptly: that thread reads its sockets meanwhile no further. What it throws is dropped. It may call the engine,
    /// and destroy it. When the engine's destructor has returned, it is called no more and is destroyed (after it has
    /// returned, where it is itself what destroys the engine). Empty: nobody listens, and an event costs a comparison.
    log_hook hook = {};
    /// Events below this level are not made.
    log_level level = log_level::info;
};

}  // namespace aisle
