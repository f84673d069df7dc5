#pragma once

#include "../cluster/cluster_model.hpp"
#include "../verdict/checks.hpp"

#include <batch/batch_ledger.hpp>
#include <batch/batch_machine.hpp>
#include <cluster/cluster_state.hpp>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stream/delivery.hpp>
#include <stream/scheduler.hpp>
#include <vector>

namespace aisle::simulation {

class driver;

inline constexpr unsigned pending_mark = 96;

/// One batch in progress: its machine, and the rest of batch_run's state.
struct batch_fetch {
    batch_fetch(driver& d, unsigned n);
    /// Bytes that its requests in flight have not delivered yet.
    std::size_t expected() const noexcept;

    unsigned number;
    std::shared_ptr<batch const> what;
    std::vector<modelled_entry> const& modelled;
    detail::batch_machine machine;
    std::vector<std::shared_ptr<class call>> calls;
    std::map<std::uint32_t, std::uint64_t> received;  // for plain GETs: keeps the bytes received
    detail::batch_ledger ledger;
    std::shared_ptr<detail::answer const> by;
    std::uint64_t bytes = 0;
    std::uint64_t counted_bytes = 0;
    std::uint64_t delivered = 0;
    std::uint64_t counted = 0;
    std::uint32_t answered = 0;
    std::size_t reserved = 0;
    bool sizes_seen = false;
    bool told_answered = false;
    bool over = false;
    bool turn_planned = false;
    time_point wakes_at = time_point::max();
};

/// Drives the machines of one shard like the engine's batch_run, cluster_access and stream_job: it executes and makes
/// no decisions. The cluster is a model, the time is virtual, and one stream feeds it.
class driver {
public:
    driver(world_plan const& plan, contents& what, cluster_model& cluster, virtual_time& time, trace& tells,
           checks& laws);
    ~driver();

    void begin();
    bool done() const noexcept;
    std::vector<batch_outcome>& outcomes() noexcept { return outcomes_; }
    detail::cluster_state& state() noexcept { return state_; }
    std::uint64_t delivered() const noexcept { return delivered_; }
    /// Version of the first map that arrived; 0: none.
    std::uint64_t first_map() const noexcept { return first_map_; }

    // ---- for its calls
    world_plan const& plan() const noexcept { return plan_; }
    contents& what() noexcept { return what_; }
    cluster_model& cluster() noexcept { return cluster_; }
    virtual_time& time() noexcept { return time_; }
    trace& tells() noexcept { return tells_; }
    dice& chance() noexcept { return dice_; }
    detail::batch_rules rules() const;
    void enter(std::shared_ptr<call> c);
    void leave();
    void answered_by_proxy() { admit(); }
    using map_waiter = std::function<void(std::optional<time_point> began, http::url const& of, bool well)>;
    void see_map(map_waiter then);
    void wake_up(batch_fetch& b);
    void deliver(batch_fetch& b, std::uint32_t entry, std::uint64_t bytes);
    void hand_over(batch_fetch& b);
    void hold(std::int64_t bytes);
    void release(batch_fetch& b, std::uint64_t bytes) noexcept;
    bool is_overrun() const noexcept { return in_use_ > plan_.budget + part_bytes(); }
    detail::batch_surroundings surroundings(batch_fetch const& b) const;

private:
    static std::size_t size_of(entry const& e, std::size_t typical);
    void reserve(batch_fetch& b, std::size_t bytes) noexcept;
    void expect_no_more_than_usual(batch_fetch& b);
    std::size_t part_bytes() const noexcept;
    std::size_t typical_bytes() const noexcept { return scheduler_.expected_bytes(1); }
    detail::memory_view memory() const noexcept { return {plan_.budget, in_use_, reserved_}; }

    // the stream
    void pump();
    void start_batch();
    void consume();
    std::uint64_t consume(sample_view s);

    // one batch
    void turn(batch_fetch& b);
    void act(batch_fetch& b);
    void ask(batch_fetch& b, detail::batch_action const& a);
    void refuse(batch_fetch& b, detail::batch_action const& a);
    void answer(batch_fetch& b, std::uint32_t entry, sample_status status, std::shared_ptr<error const> why);
    void end_batch(batch_fetch& b);

    // the cluster
    void admit();
    void refresh_map();
    void refresh_when_due();
    void map_came(std::optional<codec::cluster_map> map, http::url const& proxy, time_point began);
    void refresh_over(time_point began, http::url const& of, bool well);
    void look_up_bucket(std::string const& bucket);
    void probe_resting_proxies();
    unsigned proxy_at(http::url const& url) const;

    friend class call;

    world_plan const& plan_;
    contents& what_;
    cluster_model& cluster_;
    virtual_time& time_;
    trace& tells_;
    checks& laws_;
    dice dice_;
    detail::cluster_state state_;
    detail::scheduler scheduler_;
    detail::delivery delivery_;
    std::vector<std::unique_ptr<batch_fetch>> batches_;
    std::vector<batch_outcome> outcomes_;
    unsigned next_batch_ = 0;
    unsigned over_ = 0;
    bool pump_planned_ = false;
    std::deque<std::shared_ptr<call>> entrance_;
    bool admission_planned_ = false;
    bool refreshing_ = false;
    std::uint64_t refresh_number_ = 0;
    std::vector<map_waiter> waiters_;
    bool refresh_planned_ = false;
    std::size_t in_use_ = 0;
    std::size_t reserved_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t exchanges_ = 0;
    std::uint64_t first_map_ = 0;
    bool consuming_ = false;
    std::uint64_t next_taken_batch_ = 0;
    std::uint32_t next_taken_index_ = 0;
};

}  // namespace aisle::simulation
