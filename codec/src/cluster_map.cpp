#include "json_document.hpp"

#include <aisle/codec/cluster_map.hpp>

#include <algorithm>
#include <charconv>

namespace aisle::codec {
namespace {

// Bits of a node's "flags" (AIStore, core/meta/smap.go: SnodeMaint, SnodeDecomm).
constexpr std::uint64_t in_maintenance = 1u << 2;
constexpr std::uint64_t being_decommissioned = 1u << 3;

// A 64-bit number in quotes: JavaScript would round it.
std::uint64_t read_quoted_number(od::value value) {
    std::string_view const digits = value.get_string();
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (ec != std::errc{} || end != digits.data() + digits.size())
        throw refused{errc::bad_metadata, "the map's version is no number"};
    return number;
}

std::string read_address(od::object net) {
    std::string url;
    for_each_member(net, [&](std::string_view key, od::value value) {
        if (key == "direct_url") url = read_text(value);
    });
    return url;
}

bool is_null(od::value value) {
    if (value.type() != od::json_type::null) return false;
    if (!value.is_null()) throw refused{errc::bad_metadata, "a value is no JSON"};
    return true;
}

cluster_node read_node(od::object object) {
    cluster_node node;
    auto const other = [&](std::string url) {
        if (!url.empty() && url != node.url && std::ranges::find(node.other_urls, url) == node.other_urls.end())
            node.other_urls.push_back(std::move(url));
    };
    for_each_member(object, [&](std::string_view key, od::value value) {
        if (key == "public_net") {
            node.url = read_address(value.get_object());
        } else if (key == "intra_control_net" || key == "intra_data_net") {
            other(read_address(value.get_object()));
        } else if (key == "pub_extra") {
            if (is_null(value)) return;
            for (od::value net : value.get_array()) other(read_address(net.get_object()));
        } else if (key == "flags") {
            std::uint64_t const flags = value.get_uint64();
            node.out_of_service = (flags & (in_maintenance | being_decommissioned)) != 0;
        }
    });
    std::erase(node.other_urls, node.url);  // where the public address came later
    if (node.url.empty()) throw refused{errc::bad_metadata, "a node of the map has no address"};
    return node;
}

// "{id: node, ...}", or null for none, as Go writes it.
std::vector<cluster_node> read_nodes(od::value value) {
    std::vector<cluster_node> nodes;
    if (is_null(value)) return nodes;
    for_each_member(value.get_object(), [&](std::string_view key, od::value one) {
        std::string id(key);
        if (id.empty()) throw refused{errc::bad_metadata, "a node of the map has no id"};
        nodes.push_back(read_node(one.get_object()));
        nodes.back().id = std::move(id);
    });
    std::ranges::sort(nodes, {}, &cluster_node::id);
    for (std::size_t i = 1; i < nodes.size(); ++i)
        if (nodes[i].id == nodes[i - 1].id) throw refused{errc::bad_metadata, "a node stands in the map twice"};
    return nodes;
}

}  // namespace

result<cluster_map> read_cluster_map(std::string json) {
    place at{stage::metadata, {}};
    return read_document<cluster_map>(std::move(json), at, [](od::object root, cluster_map& out) {
        bool has_proxies = false;
        bool has_targets = false;
        bool has_version = false;
        for_each_member(root, [&](std::string_view key, od::value value) {
            if (key == "pmap") {
                out.proxies = read_nodes(value);
                has_proxies = true;
            } else if (key == "tmap") {
                out.targets = read_nodes(value);
                has_targets = true;
            } else if (key == "proxy_si") {
                if (!is_null(value)) out.primary_url = read_node(value.get_object()).url;
            } else if (key == "uuid") {
                out.uuid = read_text(value);
            } else if (key == "version") {
                out.version = read_quoted_number(value);
                has_version = true;
            }
        });
        if (!has_proxies || !has_targets || !has_version)
            throw refused{errc::bad_metadata, "not a cluster map: no \"pmap\", \"tmap\" or \"version\""};
        if (out.primary_url.empty()) throw refused{errc::bad_metadata, "the cluster map names no primary proxy"};
    });
}

}  // namespace aisle::codec
