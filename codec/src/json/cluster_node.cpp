#include "cluster_node.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace aisle::codec {
namespace {

// Bits of a node's "flags" (AIStore, core/meta/smap.go: SnodeMaint, SnodeDecomm).
constexpr std::uint64_t in_maintenance = 1u << 2;
constexpr std::uint64_t being_decommissioned = 1u << 3;

std::string read_address(od::object net) {
    std::string url;
    for_each_member(net, [&](std::string_view key, od::value value) {
        if (key == "direct_url") url = read_text(value);
    });
    return url;
}

}  // namespace

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
    std::erase(node.other_urls, node.url);  // in case the public address came after the others
    if (node.url.empty()) throw refused{errc::bad_metadata, "a node of the cluster map has no address"};
    return node;
}

}  // namespace aisle::codec
