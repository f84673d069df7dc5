#pragma once

#include "cluster_map.hpp"
#include "job_troubles.hpp"
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
#include <utility>
#include <vector>

namespace aisle::playground {

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

/// Reads "s3://b" or "s3:b", as server_options::cold has it.
std::optional<bucket_id> cold_bucket_id(std::string_view text);

/// What all nodes of the cluster share. Thread-safe once the nodes are named.
class cluster {
public:
    /// Checks the options; throws aisle::exception.
    explicit cluster(server_options options);

    /// Gives the nodes their names. Before anything else.
    void name_nodes(std::vector<node_address> const& proxies, std::vector<node_address> const& targets);

    server_options const& options() const noexcept { return options_; }
    /// The first is the primary.
    std::vector<node> const& proxies() const noexcept { return proxies_; }
    std::vector<node> const& targets() const noexcept { return targets_; }
    store& objects() noexcept { return *store_; }
    counters& counts() noexcept { return counters_; }
    job_troubles& troubles() noexcept { return troubles_; }

    void set_token(std::string token);
    /// What is amiss with an Authorization field, AIStore's words; empty when it will do.
    std::string token_complaint(std::string_view authorization) const;

    /// Which target owns an object.
    unsigned owner(bucket_id const& bucket, std::string_view object) const;
    /// Where an object lies, as AIStore names it: "t[ID]:mp[PATH]".
    std::string location_of(bucket_id const& bucket, std::string_view object) const;
    /// True when that target does not have it, because it is another's whom the map lacks.
    bool has_lost(bucket_id const& bucket, std::string_view object) const;
    /// Targets by their bits: those that the map lacks, and those that answer nobody.
    void set_away(std::uint64_t lost, std::uint64_t dead) noexcept {
        lost_ = lost;
        dead_ = dead;
    }
    bool is_lost(unsigned target) const noexcept { return (lost_ >> target & 1) != 0; }
    bool is_dead(unsigned target) const noexcept { return (dead_ >> target & 1) != 0; }
    /// A target of the map, at random.
    unsigned random_target();
    /// A number in [0, bound).
    std::uint64_t random_below(std::uint64_t bound);
    /// Letters and digits of the kind AIStore makes ids of.
    std::string random_id(std::size_t length);
    /// Base-36 time, the `utm` of a redirect.
    static std::string timestamp();
    /// Nanoseconds since start, for the health fields.
    std::chrono::nanoseconds uptime() const;

    /// The map without the lost targets and some of the proxies; its version rises whenever others are left out than
    /// before.
    cluster_map map_without(std::vector<unsigned> const& proxies);
    /// The map as it was before any node was left out of it.
    cluster_map first_map() const;

    /// How far the cluster's start is.
    enum class readiness : std::uint8_t {
        no_proxy,    ///< the proxy is not ready yet
        no_targets,  ///< the targets have no map yet
        ready
    };
    readiness started() const;
    /// To be called when the nodes begin to serve.
    void begin_start() { started_ = std::chrono::steady_clock::now(); }
    std::string config_json() const;

private:
    unsigned first_owner(bucket_id const& bucket, std::string_view object) const;
    node named(role plays, unsigned index, node_address const& at);

    server_options options_;
    std::unique_ptr<store> store_;
    counters counters_;
    job_troubles troubles_;
    mutable std::mutex token_mutex_;
    std::string token_;
    std::mutex random_mutex_;
    std::mt19937_64 random_;
    std::chrono::steady_clock::time_point started_;
    std::string created_;  // "2026-11-24 00:42:04"
    std::string uuid_;
    std::vector<node> proxies_;
    std::vector<node> targets_;
    std::mutex map_mutex_;
    std::uint64_t map_changes_ = 0;
    std::pair<std::vector<unsigned>, std::uint64_t> left_out_;  // proxies, and targets by their bits
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<std::uint64_t> dead_{0};
};

}  // namespace aisle::playground
