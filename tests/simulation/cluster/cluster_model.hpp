#pragma once

#include "../world/trace.hpp"
#include "contents.hpp"
#include "exchange.hpp"
#include "nodes.hpp"

#include <aisle/codec/json/cluster_map.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace aisle::simulation {

/// A modelled AIStore cluster: its nodes, its maps, the locations of objects, and its answers. The source of its
/// behaviour is docs/protocol.md, sections 2, 2a, 4 and 5. faults.cpp breaks and repairs it.
class cluster_model {
public:
    using shared_exchange = std::shared_ptr<exchange>;

    /// One version of the cluster map.
    struct snapshot {
        std::vector<char> targets;  ///< by target: 0 not in it, 1 in service, 2 in maintenance
        std::vector<char> proxies;
        unsigned primary = 0;
        std::vector<unsigned> serving;  ///< targets in service
    };

    cluster_model(world_plan const& plan, contents& what, virtual_time& time, trace& tells);

    // ---- actions of the client
    void ask_proxy(shared_exchange x, unsigned proxy);
    void follow(shared_exchange x, unsigned target);
    /// A redirect that is followed and closed immediately.
    void leave(shared_exchange const& x);
    void hang_up(shared_exchange const& x);
    /// A map fetch: answer is called once, or never if the proxy hangs.
    void ask_map(unsigned proxy, std::function<void(std::optional<codec::cluster_map>, std::optional<error>)> answer);
    void ask_health(unsigned proxy, std::function<void(bool)> answer);
    void ask_bucket(unsigned proxy, std::string const& bucket,
                    std::function<void(std::optional<bool>, std::optional<error>)> answer);

    // ---- actions of faults
    std::vector<proxy_node>& proxies() noexcept { return proxies_; }
    std::vector<target_node>& targets() noexcept { return targets_; }
    snapshot const& newest() const noexcept { return maps_.back(); }
    /// A new map with this change; objects begin to move, and running jobs are aborted.
    void change_map(std::function<void(snapshot&)> const& change);
    void kill(node& n, bool black_hole);
    void stop(node& n);
    void go_on(node& n);
    /// Up again, after starting for a while.
    void start(node& n, duration starting);
    void abort_jobs();
    void overload_until(time_point t) noexcept { overloaded_until_ = t; }
    void starts_until(time_point t) noexcept { starts_until_ = t; }
    void deny() noexcept { denied_ = true; }

    // ---- shared by its parts
    world_plan const& plan() const noexcept { return plan_; }
    virtual_time& time() noexcept { return time_; }
    dice& chance() noexcept { return dice_; }
    trace& tells() noexcept { return tells_; }
    unsigned job_generation() const noexcept { return jobs_; }
    int owner(stored_object& o, std::size_t map);
    /// True if the object is on this target's disks now.
    bool lies_at(stored_object& o, int target);
    void fetch_from_cloud(stored_object& o, int target, std::function<void()> then);
    void release(exchange& x);
    duration work_of(target_node& t, duration usual);
    std::string const& name(unsigned target) const { return targets_[target].id; }

    /// Sends bytes to the client: `then` happens when the last one has arrived, or never if the link fails first.
    void send(shared_exchange const& x, std::size_t position, std::uint64_t bytes, std::function<void()> then);
    void finish(shared_exchange const& x, std::optional<error> fault, int named = -1);
    /// True if this life of the node continues, it is not stopped, and the client has not hung up. If it is stopped,
    /// `again` happens when it continues.
    bool works(shared_exchange const& x, node& n, unsigned life, virtual_time::event again);

private:
    void connect(shared_exchange x, node& n, link_fate::at_hop fate, virtual_time::event then);
    void answer_of_proxy(shared_exchange const& x, proxy_node& p);
    std::optional<error> refused_by_proxy(exchange const& x, proxy_node const& p);
    void register_at(shared_exchange const& x, proxy_node& p, unsigned target);
    std::optional<error> refused_by_target(target_node const& t, proxy_node const& p);
    void redirect(shared_exchange const& x, unsigned target);
    void serve(shared_exchange const& x, unsigned target, unsigned life, unsigned jobs);
    void send_piece(shared_exchange const& x, std::size_t position, std::uint64_t left, std::uint64_t piece,
                    std::function<void()> then);
    void small_question(unsigned proxy, std::function<void(std::optional<error>)> answer);
    void spread_map();
    void move_objects();
    void settle(stored_object& o);
    void remember(shared_exchange const& x, node& n);
    codec::cluster_map map_of(std::size_t version) const;

    world_plan const& plan_;
    contents& what_;
    virtual_time& time_;
    trace& tells_;
    dice dice_;
    std::vector<proxy_node> proxies_;
    std::vector<target_node> targets_;
    std::vector<snapshot> maps_;
    unsigned jobs_ = 0;  // grows with every abort of all jobs
    time_point overloaded_until_{};
    time_point starts_until_{};
    bool denied_ = false;
    duration proxy_patience_{};  // with a target that does not answer; zero: endless
    duration longest_move_{};    // of an object, after a change of the map
};

}  // namespace aisle::simulation
