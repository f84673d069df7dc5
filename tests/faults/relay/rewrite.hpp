#pragma once

#include "fault.hpp"
#include "relay_connection.hpp"

#include <string>
#include <string_view>

namespace aisle::faults {

/// Whether this is a request for the cluster map, by its path and query.
bool is_cluster_map(std::string_view target);

/// A plain-HTTP URL with the relay's address instead of the node's; other text unchanged.
std::string rewrite_url(std::string_view url, switchboard& home);
/// A cluster map's JSON with every direct_url rewritten.
std::string rewrite_map(std::string_view json, switchboard& home);

/// A complete answer that refuses a request, in AIStore's form.
std::string refusal(fault const& f, std::string_view method, std::string_view target);

}  // namespace aisle::faults
