#pragma once

#include "relay/relay.hpp"

#include <chrono>
#include <engine/cluster_fixture.hpp>
#include <utility>

namespace aisle::test {

/// A playground of synthetic objects behind a relay, which uses each node's own address.
struct relayed_cluster {
    explicit relayed_cluster(std::uint64_t count, std::uint64_t size, playground::server_options options = {})
        : cluster(count, size, std::move(options)), relay({.upstreams = {cluster.server.endpoint()}, .host = {}}) {}

    engine_options for_engine() const {
        engine_options o;
        o.endpoint = relay.endpoint();
        o.proxy_timeout = std::chrono::minutes(1);  // a stall of the machine is no fault of the proxy
        return o;
    }

    test::cluster cluster;
    faults::relay relay;
};

}  // namespace aisle::test
