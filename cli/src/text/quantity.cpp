#include "quantity.hpp"

#include <aisle/options.hpp>

#include <array>
#include <charconv>
#include <cstdio>

namespace aisle::cli {
namespace {

/// Removes a number from the front of text. nullopt if text does not start with one, or if it exceeds 64 bits.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t n = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (code != std::errc{} || end == text.data()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return n;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    auto const n = take_number(text);
    if (!n) return std::nullopt;
    unsigned shift = 0;
    if (!text.empty()) {
        switch (text.front()) {
            case 'K':
            case 'k': shift = 10; break;
            case 'M':
            case 'm': shift = 20; break;
            case 'G':
            case 'g': shift = 30; break;
            case 'B': break;
            default: return std::nullopt;
        }
        auto const unit = text.substr(shift ? 1 : 0);
        if (!unit.empty() && unit != "B" && !(shift && unit == "iB")) return std::nullopt;
    }
    if (*n > (std::uint64_t{1} << 62) >> shift) return std::nullopt;
    return *n << shift;
}

std::optional<object_set> parse_object_set(std::string_view text) {
    static constexpr std::string_view times = "\u00d7";
    auto const count = take_number(text);
    if (!count || *count == 0) return std::nullopt;
    if (text.starts_with(times))
        text.remove_prefix(times.size());
    else if (text.starts_with('x') || text.starts_with('X'))
        text.remove_prefix(1);
    else
        return std::nullopt;
    auto const size = parse_size(text);
    if (!size) return std::nullopt;
    return object_set{*count, *size};
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    auto const n = take_number(text);
    if (!n) return std::nullopt;
    std::uint64_t unit_ms = 0;
    if (text == "ms") unit_ms = 1;
    if (text == "s" || text.empty()) unit_ms = 1'000;
    if (text == "m" || text == "min") unit_ms = 60'000;
    if (text == "h") unit_ms = 3'600'000;
    constexpr std::uint64_t year_ms = 365ull * 24 * 3'600'000;
    if (unit_ms == 0 || *n > year_ms / unit_ms) return std::nullopt;
    return std::chrono::milliseconds(*n * unit_ms);
}

std::optional<unsigned> parse_count_or_auto(std::string_view text, unsigned most) {
    if (text == "auto") return automatic;
    auto const n = take_number(text);
    if (!n || !text.empty() || *n < 1 || *n > most) return std::nullopt;
    return static_cast<unsigned>(*n);
}

std::string format_count(std::uint64_t n) {
    std::string digits = std::to_string(n);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string format_count(std::uint64_t n, std::string_view one, std::string_view more) {
    return format_count(n) + ' ' + std::string(n == 1 ? one : more);
}

std::string format_bytes(double bytes) {
    static constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
    std::size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < units.size()) {
        bytes /= 1000;
        ++unit;
    }
    int const decimals = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.*f %s", decimals, bytes, units[unit]);
    return text.data();
}

std::string format_clock(std::chrono::seconds t) {
    auto const s = t.count();
    std::array<char, 48> text{};
    if (s < 3600)
        std::snprintf(text.data(), text.size(), "%lld:%02lld", static_cast<long long>(s / 60),
                      static_cast<long long>(s % 60));
    else
        std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", static_cast<long long>(s / 3600),
                      static_cast<long long>(s / 60 % 60), static_cast<long long>(s % 60));
    return text.data();
}

std::string format_span(std::chrono::seconds t) {
    auto const s = t.count();
    auto const pair = [](auto larger, char const* unit, auto smaller, char const* part) {
        return std::to_string(larger) + unit + (smaller ? " " + std::to_string(smaller) + part : "");
    };
    if (s < 60) return std::to_string(s) + " s";
    if (s < 3600) return pair(s / 60, " min", s % 60, " s");
    return pair(s / 3600, " h", s / 60 % 60, " min");
}

}  // namespace aisle::cli
