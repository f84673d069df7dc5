#include "services.hpp"

#include "../cluster/map_view.hpp"

#include <utility>

namespace aisle::playground {
namespace {

enum class area : std::uint8_t { get_batch, buckets, objects, health, daemon, cluster, none };

area area_of(request const& r) {
    auto const items = path_items(r.path);
    if (items.size() < 2 || items[0] != "v1") return area::none;
    if (items[1] == "ml") return area::get_batch;
    if (items[1] == "objects") return area::objects;
    if (items[1] == "buckets") return area::buckets;
    if (items[1] == "health") return area::health;
    if (items[1] == "daemon") return area::daemon;
    return items[1] == "cluster" ? area::cluster : area::none;
}

template <class... T>
answer widened(std::variant<T...> v) {
    return std::visit([](auto&& one) { return answer(std::forward<decltype(one)>(one)); }, std::move(v));
}

}  // namespace

void services::set_faults(fault_plan plan) {
    faults.reset(std::move(plan));
    auto const bits = [&](fault_kind kind) {
        std::uint64_t all = 0;
        for (auto const node : faults.nodes_with(kind))
            if (node < 64) all |= std::uint64_t{1} << node;
        return all;
    };
    home.set_away(bits(fault_kind::lost_target), bits(fault_kind::dead_target));
}

body_use services::use_of_body(node const& at, request const& r) {
    switch (area_of(r)) {
        case area::get_batch: return r.method == "GET" ? body_use::text : body_use::ignored;
        case area::buckets: return body_use::text;
        case area::objects:
            if (at.plays == role::proxy) return body_use::ignored;
            return r.method == "PUT" ? body_use::upload : r.method == "DELETE" ? body_use::text : body_use::ignored;
        default: return body_use::ignored;
    }
}

answer services::handle(node const& at, request const& r, std::string body) {
    auto const asked_for = area_of(r);
    if (at.plays == role::proxy && faults.due(fault_kind::hang_proxy, at.index)) {
        ++home.counts().faults_applied;
        return silence{};
    }
    if (asked_for != area::health)
        if (auto refused = starting(at, r)) return std::move(*refused);
    if (at.plays == role::proxy && asked_for != area::health)
        if (auto const refused = home.token_error(r.field("Authorization")); !refused.empty())
            return error_response(r, at.name, 401, "", refused);
    switch (asked_for) {
        case area::get_batch: return widened(get_batch_.answer(at, r, std::move(body)));
        case area::objects: return widened(objects_.answer(at, r, body));
        case area::buckets: return buckets_.answer(at, r, body);
        case area::health: return health(at, r);
        case area::daemon:
        case area::cluster: return what(at, r, asked_for == area::cluster);
        case area::none: break;
    }
    return error_response(r, at.name, 400, "",
                          "invalid request URI: '" + r.method + " " + r.path + "' from " + r.remote_address);
}

// AIStore behaviour: at first a proxy responds that it is not ready, then that targets are not ready.
std::optional<response> services::starting(node const& at, request const& r) const {
    switch (home.started()) {
        case cluster::readiness::ready: return std::nullopt;
        case cluster::readiness::no_proxy:
            return error_response(r, at.name, 503, "", at.name + " primary: not ready yet (cluster is starting up)");
        case cluster::readiness::no_targets: break;
    }
    if (at.plays == role::proxy && (area_of(r) == area::daemon || area_of(r) == area::cluster)) return std::nullopt;
    auto const& target = at.plays == role::target ? at : home.targets().front();
    return relayed_error(r, at.name, target.name, 400, "", target.name + ": cannot handle bucket request: Smap v0",
                         r.path);
}

response services::health(node const& at, request const& r) const {
    auto const ready = home.started() == cluster::readiness::ready;
    if (at.plays == role::proxy && !ready && r.parameters.value_or("prr", "") == "true") {
        return error_response(r, at.name, 503, "", at.name + " primary: not ready yet (cluster is starting up)");
    }
    response out;
    auto const up = std::to_string(home.uptime().count());
    out.set("Ais-Cluster-Uptime", ready ? up : "0");
    out.set("Ais-Node-Uptime", up);
    return out;
}

// of_cluster: the request is for /v1/cluster, which only proxies serve, not for /v1/daemon.
response services::what(node const& at, request const& r, bool of_cluster) {
    auto const what = r.parameters.value_or("what", "");
    if (r.method != "GET") return method_not_allowed("GET");
    if (what == "smap") return json_response(map_seen_by(at, home, faults).json());
    if (what == "node_status") return json_response(R"({"status":"online","ais_version":"playground"})");
    if (what == "cluster_config" || what == "config") return json_response(home.config_json());
    if (what == "node_stats") {
        if (!of_cluster) return json_response(home.node_stats_json(at));
        if (at.plays == role::proxy) return json_response(home.cluster_stats_json(at));
    }
    return error_response(r, at.name, 400, "", "unexpected query [what=" + std::string(what) + "]");
}

}  // namespace aisle::playground
