#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aisle::codec {

/// One node of an AIStore cluster.
struct cluster_node {
    std::string id;
    /// Where clients reach it, "http://host:port".
    std::string url;
    /// Its other addresses: of the networks between nodes, and further public ones. AIStore behaviour: a redirect names
    /// one of these when the proxy was told that the client is on that network (AIS_CLUSTER_CIDR).
    std::vector<std::string> other_urls;
    /// In maintenance, or on its way out for good. AIStore behaviour: such a target owns no objects any more and is
    /// not chosen to answer, though it stays in the map.
    bool out_of_service = false;
};

/// What AIStore calls the Smap: who belongs to the cluster. Nodes are in order of their ids, each once.
struct cluster_map {
    /// Grows with every change of the cluster, a lost node too.
    std::uint64_t version = 0;
    /// The cluster's own name; another one is another cluster.
    std::string uuid;
    /// The proxy that leads the others. All of them answer.
    std::string primary_url;
    std::vector<cluster_node> proxies;
    std::vector<cluster_node> targets;
};

/// Reads the answer to `/v1/daemon?what=smap`. Errors: bad_metadata at stage::metadata when it is not such a map, which
/// goes for one without a primary or with a node that has no address; limit_exceeded over max_json_bytes. Taken by
/// value to be padded without a copy where its capacity allows.
result<cluster_map> read_cluster_map(std::string json);

}  // namespace aisle::codec
