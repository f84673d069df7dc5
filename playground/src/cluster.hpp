#pragma once

#include "store.hpp"

#include <aisle/playground/server.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

enum class role : std::uint8_t { proxy, target };

/// One daemon of the cluster.
struct node {
    role plays = role::proxy;
    unsigned index = 0;  ///< among the nodes of its role
    std::uint16_t port = 0;
    std::string id = {};    ///< three letters, 'p' or 't', the port: as AIStore's development clusters have it
    std::string name = {};  ///< "p[ID]" or "t[ID]"
    std::string url = {};   ///< "http://HOST:PORT" or "https://HOST:PORT"
};

/// Counters behind server_stats.
struct counters {
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> redirects{0};
    std::atomic<std::uint64_t> batches{0};
    std::atomic<std::uint64_t> members{0};
    std::atomic<std::uint64_t> bytes_sent{0};
    std::atomic<std::uint64_t> faults_applied{0};
};

/// What all nodes of the cluster share. Thread-safe once the nodes are named.
class cluster {
public:
    /// Checks the options; throws aisle::exception.
    explicit cluster(server_options options);

    /// Gives the nodes their names. First the proxy's port, then the targets'. Before anything else.
    void name_nodes(std::uint16_t proxy_port, std::vector<std::uint16_t> const& target_ports);

    server_options const& options() const noexcept { return options_; }
    node const& proxy() const noexcept { return proxy_; }
    std::vector<node> const& targets() const noexcept { return targets_; }
    store& objects() noexcept { return *store_; }
    counters& counts() noexcept { return counters_; }

    void set_token(std::string token);
    /// What is amiss with an Authorization field, AIStore's words; empty when it will do.
    std::string token_complaint(std::string_view authorization) const;

    /// Which target owns an object.
    unsigned owner(bucket_id const& bucket, std::string_view object) const;
    /// A number in [0, bound).
    std::uint64_t random_below(std::uint64_t bound);
    /// Letters and digits of the kind AIStore makes ids of.
    std::string random_id(std::size_t length);
    /// Base-36 time, the `utm` of a redirect.
    static std::string timestamp();
    /// Nanoseconds since start, for the health fields.
    std::chrono::nanoseconds uptime() const;

    std::string cluster_map_json() const;
    std::string config_json() const;

private:
    node named(role plays, unsigned index, std::uint16_t port);

    server_options options_;
    std::unique_ptr<store> store_;
    counters counters_;
    mutable std::mutex token_mutex_;
    std::string token_;
    std::mutex random_mutex_;
    std::mt19937_64 random_;
    std::chrono::steady_clock::time_point started_;
    std::string created_;  // "2026-11-24 00:42:04"
    std::string uuid_;
    node proxy_;
    std::vector<node> targets_;
};

}  // namespace aisle::playground
