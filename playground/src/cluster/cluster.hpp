#pragma once

#include "../store/store.hpp"
#include "batch_counts.hpp"
#include "cluster_map.hpp"
#include "job_troubles.hpp"

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

/// The counters of server_stats.
struct counters {
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> redirects{0};
    std::atomic<std::uint64_t> batches{0};
    std::atomic<std::uint64_t> members{0};
    std::atomic<std::uint64_t> bytes_sent{0};
    std::atomic<std::uint64_t> faults_applied{0};
};

/// Reads "s3://b" or "s3:b", the syntax of server_options::cold.
std::optional<bucket_id> cold_bucket_id(std::string_view text);

/// The state that all nodes of the cluster share. Thread-safe after name_nodes().
class cluster {
public:
    /// Throws aisle::exception for invalid options.
    explicit cluster(server_options options);

    /// Names the nodes. Call it before anything else.
    void name_nodes(std::vector<node_address> const& proxies, std::vector<node_address> const& targets);

    server_options const& options() const noexcept { return options_; }
    /// The first is the primary.
    std::vector<node> const& proxies() const noexcept { return proxies_; }
    std::vector<node> const& targets() const noexcept { return targets_; }
    store& objects() noexcept { return *store_; }
    counters& counts() noexcept { return counters_; }
    /// The counters of a target, by its index.
    batch_counts& batch_counts_of(unsigned target) noexcept { return batch_counts_[target]; }
    job_troubles& troubles() noexcept { return troubles_; }

    void set_token(std::string token);
    /// Why an Authorization field is refused, with AIStore's message; empty if it is accepted.
    std::string token_error(std::string_view authorization) const;

    /// The index of the target that owns an object.
    unsigned owner(bucket_id const& bucket, std::string_view object) const;
    /// The location of an object in AIStore's form, "t[ID]:mp[PATH]".
    std::string location_of(bucket_id const& bucket, std::string_view object) const;
    /// True if the owner does not have the object, because it belongs to a target that is not in the map.
    bool has_lost(bucket_id const& bucket, std::string_view object) const;
    /// Sets the targets that are missing in the map, and those that do not respond; bit n is target n.
    void set_away(std::uint64_t lost, std::uint64_t dead) noexcept {
        lost_ = lost;
        dead_ = dead;
    }
    bool is_lost(unsigned target) const noexcept { return (lost_ >> target & 1) != 0; }
    bool is_dead(unsigned target) const noexcept { return (dead_ >> target & 1) != 0; }
    /// A random target of the map.
    unsigned random_target();
    /// A random number in [0, bound).
    std::uint64_t random_below(std::uint64_t bound);
    /// A random ID in AIStore's form: letters and digits.
    std::string random_id(std::size_t length);
    /// The time in base 36, for the `utm` of a redirect.
    static std::string timestamp();
    /// Time since the start, for the fields of health responses.
    std::chrono::nanoseconds uptime() const;

    /// The map without the lost targets and without these proxies. Its version increases whenever the set of missing
    /// nodes changes.
    cluster_map map_without(std::vector<unsigned> const& proxies);
    /// The map with all nodes.
    cluster_map first_map() const;

    /// The state of the cluster's start.
    enum class readiness : std::uint8_t {
        no_proxy,    ///< the proxy is not ready yet
        no_targets,  ///< the targets have no map yet
        ready
    };
    readiness started() const;
    /// Call it when the nodes start serving.
    void begin_start() { started_ = std::chrono::steady_clock::now(); }
    std::string config_json() const;
    /// The responses to what=node_stats: of one node, and of the cluster.
    std::string node_stats_json(node const& of) const;
    std::string cluster_stats_json(node const& by) const;

private:
    unsigned first_owner(bucket_id const& bucket, std::string_view object) const;
    node named(role plays, unsigned index, node_address const& at);

    server_options options_;
    std::unique_ptr<store> store_;
    counters counters_;
    std::unique_ptr<batch_counts[]> batch_counts_;  // of each target
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
    std::pair<std::vector<unsigned>, std::uint64_t> left_out_;  // missing proxies, and missing targets as bits
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<std::uint64_t> dead_{0};
};

}  // namespace aisle::playground
