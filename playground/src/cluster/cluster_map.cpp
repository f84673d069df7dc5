#include "cluster_map.hpp"

#include <aisle/base/json_text.hpp>

namespace aisle::playground {
namespace {

std::string nodes_json(std::vector<node const*> const& nodes) {
    std::string json = "{";
    for (auto const* n : nodes) json += (json.size() > 1 ? "," : "") + base::json_string(n->id) + ":" + node_json(*n);
    return json + "}";
}

}  // namespace

// A real node may have different addresses for clients, data and control; here they are the same.
std::string node_json(node const& n) {
    auto const net = "{\"node_ip_addr\":" + base::json_string(n.host) + ",\"daemon_port\":\"" + std::to_string(n.port) +
                     "\",\"direct_url\":" + base::json_string(n.url) + "}";
    std::uint64_t digest = 14695981039346656037u;
    for (char const c : n.id) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return "{\"public_net\":" + net + ",\"intra_data_net\":" + net + ",\"intra_control_net\":" + net +
           ",\"daemon_type\":\"" + (n.plays == role::proxy ? "proxy" : "target") +
           "\",\"daemon_id\":" + base::json_string(n.id) + ",\"flags\":" + (n.plays == role::proxy ? "2" : "0") +
           ",\"id_digest\":" + std::to_string(digest) + "}";
}

std::string cluster_map::json() const {
    return "{\"pmap\":" + nodes_json(proxies) + ",\"proxy_si\":" + node_json(*proxies.front()) +
           ",\"tmap\":" + nodes_json(targets) + ",\"uuid\":" + base::json_string(uuid) +
           ",\"creation_time\":" + base::json_string(created) + ",\"version\":\"" + std::to_string(version) + "\"}";
}

std::string cluster_map::text() const {
    return "Smap v" + std::to_string(version) + "[" + std::string(uuid) + ", " + proxies.front()->name +
           ", t=" + std::to_string(targets.size()) + ", p=" + std::to_string(proxies.size()) + "]";
}

}  // namespace aisle::playground
