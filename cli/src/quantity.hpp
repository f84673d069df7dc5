#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::cli {

/// A number of bytes as people write it: digits with an optional K, M or G (powers of 1024; "KiB" and "KB" mean the
/// same). nullopt for anything else, or beyond 2^62.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// So many objects of one size.
struct object_set {
    std::uint64_t count = 0;
    std::uint64_t size_bytes = 0;
};

/// "5000x10K": a count, an `x` or the sign `×`, and a size. nullopt for anything else, or a count of 0.
std::optional<object_set> parse_object_set(std::string_view text);

/// A number from 1 to most, or "auto", which gives aisle::automatic. nullopt for anything else.
std::optional<unsigned> parse_count_or_auto(std::string_view text, unsigned most);

/// A time: digits with ms, s, m or h behind them, "500ms", "30s", "10m", "2h"; without a unit seconds. nullopt for
/// anything else, or beyond a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "12,345,678".
std::string format_count(std::uint64_t n);
/// Decimal units with three figures, such as "1.23 GB": what storage and networks are sold in.
std::string format_bytes(double bytes);
/// "0:07", "12:34" or "3:05:09".
std::string format_clock(std::chrono::seconds t);
/// In words, with the two largest units: "45 s", "5 min", "4 min 30 s", "1 h 5 min".
std::string format_span(std::chrono::seconds t);

}  // namespace aisle::cli
