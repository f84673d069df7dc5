#include "cluster_node.hpp"
#include "json_document.hpp"

#include <aisle/codec/json/cluster_map.hpp>

#include <algorithm>
#include <charconv>

namespace aisle::codec {
namespace {

// A 64-bit number in quotes, because JavaScript would round a plain one.
std::uint64_t read_quoted_number(od::value value) {
    std::string_view const digits = value.get_string();
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (ec != std::errc{} || end != digits.data() + digits.size())
        throw refused{errc::bad_metadata, "the cluster map's version is not a number"};
    return number;
}

// "{id: node, ...}", or null if there are none, as Go writes it.
std::vector<cluster_node> read_nodes(od::value value) {
    std::vector<cluster_node> nodes;
    if (is_null(value)) return nodes;
    for_each_member(value.get_object(), [&](std::string_view key, od::value one) {
        std::string id(key);
        if (id.empty()) throw refused{errc::bad_metadata, "a node of the cluster map has no id"};
        nodes.push_back(read_node(one.get_object()));
        nodes.back().id = std::move(id);
    });
    std::ranges::sort(nodes, {}, &cluster_node::id);
    for (std::size_t i = 1; i < nodes.size(); ++i)
        if (nodes[i].id == nodes[i - 1].id) throw refused{errc::bad_metadata, "the cluster map lists a node twice"};
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
        if (out.primary_url.empty()) throw refused{errc::bad_metadata, "the cluster map has no primary proxy"};
    });
}

}  // namespace aisle::codec
