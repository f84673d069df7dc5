#pragma once

#include <aisle/export.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <variant>

namespace aisle {

/// The severity of an event.
enum class log_level : std::uint8_t {
    debug,    ///< routine: hedges, plain GETs, dropped redirects
    info,     ///< recoveries and changes: retries, a new cluster map, a target that has recovered
    warning,  ///< delays: refusals, lost connections, sick targets, memory
    error,    ///< losses: entries that failed
    off       ///< logs nothing; no event has this level
};

/// "debug", "info", "warning", "error", "off".
AISLE_API std::string_view to_string(log_level l) noexcept;

/// A field of an event. Durations are in milliseconds, and their keys end in _ms.
struct log_field {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double> value;
};

/// Receives an event. Its arguments are views that are valid until it returns.
///
/// event is a stable dotted name, such as "retry" or "map.changed"; docs/operations.md lists all events with their
/// fields. Text that comes from a server may contain any bytes.
using log_hook = std::function<void(log_level level, std::string_view event, std::span<log_field const> fields)>;

/// Logging options of an engine.
struct log_options {
    /// Called for each event on an engine thread; with several shards, concurrently. Must return quickly, because the
    /// thread reads no sockets meanwhile. Exceptions are dropped. The hook may call or destroy the engine. After the
    /// engine's destructor has returned, the hook is destroyed and not called again (if the hook itself destroys the
    /// engine, it is destroyed after it returns). Empty: no logging; an event then costs one comparison.
    log_hook hook = {};
    /// Events below this level are not created.
    log_level level = log_level::info;
};

}  // namespace aisle
