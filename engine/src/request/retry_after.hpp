#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace aisle::detail {

/// The most that a server's wish for a pause is heeded.
inline constexpr std::chrono::milliseconds longest_retry_after{300'000};

/// How long a Retry-After field asks to wait (RFC 9110, section 10.2.3): seconds, or until a date in one of the three
/// forms of section 5.6.7. Never negative, at most longest_retry_after; nothing for text that is neither. Pure.
///
/// date: the answer's Date field, which the date is compared with, since the two clocks may differ; now: instead of it
/// where it is missing.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view field, std::string_view date,
                                                          std::chrono::system_clock::time_point now);

/// A date of HTTP (RFC 9110, section 5.6.7); nothing for other text. now: a year of two digits is never more than 50
/// years after it. Pure.
std::optional<std::chrono::sys_seconds> read_http_date(std::string_view text,
                                                       std::chrono::system_clock::time_point now);

}  // namespace aisle::detail
