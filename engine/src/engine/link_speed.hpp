#pragma once

#include <aisle/http/url.hpp>

#include <cstdint>
#include <vector>

namespace aisle::detail {

/// Bytes a second that the fastest network interface of this machine that is up carries, as its driver says; 0 where
/// none says so, and where a proxy is on this machine, as nothing then passes an interface.
std::uint64_t link_speed_to(std::vector<http::url> const& proxies) noexcept;

}  // namespace aisle::detail
