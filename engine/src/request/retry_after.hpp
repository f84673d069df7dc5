#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace aisle::detail {

/// Maximum value of a Retry-After that is honoured.
inline constexpr std::chrono::milliseconds longest_retry_after{300'000};

/// The wait that a Retry-After field requests (RFC 9110, section 10.2.3): seconds, or until a date in one of the three
/// forms of section 5.6.7. Never negative, at most longest_retry_after; nullopt for text that is neither. Pure.
///
/// date: the response's Date field, to which the date is compared, because the two clocks may differ; now: used if it
/// is missing.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view field, std::string_view date,
                                                          std::chrono::system_clock::time_point now);

/// An HTTP date (RFC 9110, section 5.6.7); nullopt for other text. now: a two-digit year is at most 50 years after it.
/// Pure.
std::optional<std::chrono::sys_seconds> read_http_date(std::string_view text,
                                                       std::chrono::system_clock::time_point now);

}  // namespace aisle::detail
