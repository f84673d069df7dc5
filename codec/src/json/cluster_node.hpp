#pragma once

#include "json_document.hpp"

#include <aisle/codec/json/cluster_map.hpp>

namespace aisle::codec {

/// Reads a node as AIStore writes it (Snode), without its id. Throws `refused` if it has no address.
cluster_node read_node(od::object object);

}  // namespace aisle::codec
