#pragma once

#include "../cluster/cluster.hpp"
#include "../http/request.hpp"

#include <string>
#include <string_view>

namespace aisle::playground {

/// The Location field with which `proxy` redirects a client to `target`. AIStore behaviour: the decoded path is copied
/// as it is, including quotes, brackets and control characters. Only if it contains one of "%?# +" is it
/// percent-encoded; then the query is sorted too. Bytes outside ASCII are always percent-encoded.
std::string redirect_location(node const& proxy, node const& target, request const& r, std::string_view path);

}  // namespace aisle::playground
