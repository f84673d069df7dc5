#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

enum class role : std::uint8_t { proxy, target };

/// One daemon of the cluster.
struct node {
    role plays = role::proxy;
    unsigned index = 0;  ///< among the nodes of its role
    std::string host = {};
    std::uint16_t port = 0;
    std::string id = {};    ///< three letters, 'p' or 't', and the port, as in AIStore's development clusters
    std::string name = {};  ///< "p[ID]" or "t[ID]"
    std::string url = {};   ///< "http://HOST:PORT" or "https://HOST:PORT"
};

/// A node as AIStore writes it (Snode).
std::string node_json(node const& n);

/// The address on which a node listens.
struct node_address {
    std::string host;
    std::uint16_t port = 0;
};

/// AIStore's cluster map (Smap). A plain value.
struct cluster_map {
    std::vector<node const*> proxies = {};  ///< the first is the primary
    std::vector<node const*> targets = {};
    std::uint64_t version = 1;
    std::string_view uuid = {};
    std::string_view created = {};  ///< "2026-11-24 00:42:04"

    std::string json() const;
    /// The form in error messages: "Smap v4[uuid, p[ID], t=3, p=1]".
    std::string text() const;
};

}  // namespace aisle::playground
