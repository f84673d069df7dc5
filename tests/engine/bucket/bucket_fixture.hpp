#pragma once

#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>
#include <aisle/playground/server.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace aisle::test {

/// A playground with an empty bucket, on several addresses like a real cluster's nodes, and an engine for it.
struct bucket_cluster {
    explicit bucket_cluster(playground::server_options options = {},
                            std::chrono::milliseconds proxy_timeout = std::chrono::seconds(60))
        : server(prepared(std::move(options))) {
        server.start();
        engine_options how;
        how.endpoint = server.endpoint();
        how.proxy_timeout = proxy_timeout;
        on.emplace(how);
    }

    static playground::server_options prepared(playground::server_options o) {
        o.buckets.push_back("ais://b");
        if (o.target_hosts.empty()) o.target_hosts = {"127.0.0.2", "127.0.0.3", "127.0.0.4"};
        o.seed = 7;
        return o;
    }

    aisle::bucket bucket(std::string uri = "ais://b") { return on->bucket(std::move(uri)); }
    void put(std::string const& name, std::string bytes) { bucket().put(name, std::move(bytes)).value(); }

    playground::server server;
    std::optional<engine> on;
};

/// Three attempts that follow each other closely.
inline retry_options impatient() {
    retry_options out;
    out.attempts = 3;
    out.elapsed = out.unreached = std::chrono::seconds(60);
    out.first_wait = out.longest_wait = std::chrono::milliseconds(10);
    return out;
}

/// "name", or "archive/member".
inline std::vector<std::string> names_in(object_listing listing) {
    std::vector<std::string> out;
    for (auto const& o : listing) out.push_back(o.archpath.empty() ? o.name : o.name + '/' + o.archpath);
    return out;
}

}  // namespace aisle::test
