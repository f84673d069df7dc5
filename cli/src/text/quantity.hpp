#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::cli {

/// Reads a number of bytes: digits with an optional K, M or G (powers of 1024; "KiB" and "KB" mean the same as "K").
/// nullopt for anything else and above 2^62.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// A number of objects of the same size.
struct object_set {
    std::uint64_t count = 0;
    std::uint64_t size_bytes = 0;
};

/// Reads "5000x10K": a count, `x` or `×`, and a size. nullopt for anything else and for a count of 0.
std::optional<object_set> parse_object_set(std::string_view text);

/// Reads a number from 1 to most, or "auto", which is aisle::automatic. nullopt for anything else.
std::optional<unsigned> parse_count_or_auto(std::string_view text, unsigned most);

/// Reads a time: digits followed by ms, s, m or h, as "500ms", "30s", "10m", "2h"; without a unit, seconds. nullopt for
/// anything else and above a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "12,345,678".
std::string format_count(std::uint64_t n);
/// "1 entry", "12,345 entries".
std::string format_count(std::uint64_t n, std::string_view one, std::string_view more);
/// Three digits and a decimal unit, such as "1.23 GB".
std::string format_bytes(double bytes);
/// "0:07", "12:34" or "3:05:09".
std::string format_clock(std::chrono::seconds t);
/// With the two largest units: "45 s", "5 min", "4 min 30 s", "1 h 5 min".
std::string format_span(std::chrono::seconds t);

}  // namespace aisle::cli
