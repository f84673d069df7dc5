#include "cluster_node.hpp"
#include "json_document.hpp"

#include <aisle/codec/json/node_stats.hpp>

#include <algorithm>
#include <utility>

namespace aisle::codec {
namespace {

constexpr std::string_view of_get_batch = "getbatch";

void read_values(od::object tracker, node_stats& out) {
    for_each_member(tracker, [&](std::string_view key, od::value value) {
        if (key.find(of_get_batch) == key.npos) return;
        std::string name(key);  // the view is valid until the next value is read
        std::int64_t const n = value.get_int64();
        out.values.emplace(std::move(name), static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0)));
    });
}

node_stats read_target(od::object object) {
    node_stats out;
    bool has_tracker = false;
    for_each_member(object, [&](std::string_view key, od::value value) {
        if (key == "snode") {
            out.url = read_node(value.get_object()).url;
        } else if (key == "tracker") {
            has_tracker = true;
            if (!is_null(value)) read_values(value.get_object(), out);
        }
    });
    if (out.url.empty() || !has_tracker)
        throw refused{errc::bad_metadata, "the statistics of a target have no \"snode\" or no \"tracker\""};
    return out;
}

}  // namespace

result<std::vector<node_stats>> read_node_stats(std::string json) {
    place at{stage::metadata, {}};
    return read_document<std::vector<node_stats>>(
        std::move(json), at, [](od::object root, std::vector<node_stats>& out) {
            bool has_targets = false;
            for_each_member(root, [&](std::string_view key, od::value value) {
                if (key != "target") return;
                has_targets = true;
                if (is_null(value)) return;
                for_each_member(value.get_object(), [&](std::string_view id, od::value one) {
                    std::string name(id);
                    out.push_back(read_target(one.get_object()));
                    out.back().id = std::move(name);
                });
            });
            if (!has_targets) throw refused{errc::bad_metadata, "not the statistics of a cluster: no \"target\""};
            std::ranges::sort(out, {}, &node_stats::id);
        });
}

}  // namespace aisle::codec
