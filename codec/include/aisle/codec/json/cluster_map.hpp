#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aisle::codec {

/// One node of an AIStore cluster.
struct cluster_node {
    std::string id;
    /// The address for clients, "http://host:port".
    std::string url;
    /// Its other addresses: those of the intra-cluster networks, and additional public ones. AIStore behaviour: a
    /// redirect names one of these when the proxy's configuration puts the client on that network (AIS_CLUSTER_CIDR).
    std::vector<std::string> other_urls;
    /// In maintenance or being decommissioned. AIStore behaviour: such a target owns no objects any more and is not
    /// selected for batches, but it stays in the map.
    bool out_of_service = false;
};

/// The members of the cluster (AIStore's Smap). Nodes are sorted by id; ids are unique.
struct cluster_map {
    /// Increases with every change of the cluster, including the loss of a node.
    std::uint64_t version = 0;
    /// Identifies the cluster; a different value means a different cluster.
    std::string uuid;
    /// The primary proxy. Every proxy serves requests.
    std::string primary_url;
    std::vector<cluster_node> proxies;
    std::vector<cluster_node> targets;
};

/// Parses the response of `/v1/daemon?what=smap`. Errors: bad_metadata at stage::metadata when it is not a cluster map,
/// has no primary, or has a node without an address; limit_exceeded over max_json_bytes. `json` is taken by value so
/// that it can be padded in place if its capacity allows.
result<cluster_map> read_cluster_map(std::string json);

}  // namespace aisle::codec
