#pragma once

#include "cluster.hpp"
#include "request.hpp"

#include <string>
#include <string_view>

namespace aisle::playground {

/// The Location with which `proxy` sends a client on to `target`. AIStore behaviour: the decoded path stands in it as
/// it is, quotes, brackets, control bytes and all; only a path with one of "%?# +" is percent-encoded, and its query is
/// then sorted. Bytes outside ASCII are always escaped.
std::string redirect_location(node const& proxy, node const& target, request const& r, std::string_view path);

}  // namespace aisle::playground
