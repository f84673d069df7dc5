#pragma once

#include <aisle/http/url.hpp>

#include <cstdint>
#include <vector>

namespace aisle::detail {

/// Bytes per second of the fastest active network interface of this machine, according to its driver; 0 if unknown, and
/// if a proxy is on this machine, because its traffic passes no interface.
std::uint64_t link_speed_to(std::vector<http::url> const& proxies) noexcept;

}  // namespace aisle::detail
