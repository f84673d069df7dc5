#pragma once

#include "../process/process_usage.hpp"
#include "../progress/progress.hpp"
#include "../text/cluster_text.hpp"
#include "cluster_poll.hpp"
#include "event_ring.hpp"
#include "page/page_server.hpp"
#include "run_history.hpp"
#include "run_view.hpp"
#include "watch_options.hpp"

#include <aisle/options.hpp>
#include <aisle/stats.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace aisle::cli {

/// Describes the run to watch. What the members refer to must outlive the run_watch.
struct watched_run {
    std::string command;  ///< "bench"
    std::string about;    ///< "ais://train, 128 entries a batch"
    progress_counters const& counters;
    std::function<std::optional<std::uint64_t>()> expected;  ///< called on any thread
    std::function<engine_stats()> stats;                     ///< of all engines of the run; called on any thread
    std::uint64_t memory_budget_bytes = 0;                   ///< of all engines together
    bool checks = false;                                     ///< payloads are checked, so `wrong` and `lost` count
};

/// What happened between begin() and end() of a run_watch. The log and the live page show the same figures.
struct watched_figures {
    engine_stats engines;    ///< of all engines of the run
    cluster_report cluster;  ///< what the targets counted
};

/// Makes a run observable: serves the live page and Prometheus' text, polls the targets' counters, and logs the start,
/// progress and end of the run. Costs two snapshots of the engines when none of these is enabled. One thread takes a
/// snapshot each second; each server and the polling of the cluster have another thread.
class run_watch {
public:
    /// engine: the options of the run's engines. events: the ring from ring_for(); null without a page. Starts the
    /// servers and prints their URLs on standard error. Throws run_error if a server cannot listen.
    run_watch(watch_options const& options, engine_options const& engine, std::shared_ptr<event_ring> events,
              watched_run run);
    /// end().
    ~run_watch();
    run_watch(run_watch const&) = delete;
    run_watch& operator=(run_watch const&) = delete;

    /// The measurement starts: totals count from here.
    void begin();
    /// The run is over: sends the last figures to all clients and stops the servers. Returns these figures; none
    /// without begin(). Does not use the run's functions and counters afterwards.
    watched_figures end();

private:
    using clock = std::chrono::steady_clock;

    void serve(watch_options const& options);
    void run(std::stop_token stop);
    void take_snapshot();
    std::string snapshot(view_place& from) const;
    std::string metrics() const;
    void log_progress(std::string_view event) const;

    watched_run const run_;
    log_options const log_;
    std::shared_ptr<event_ring> const events_;
    std::optional<cluster_poll> cluster_;
    mutable std::mutex mutex_;
    run_history history_;
    run_state state_ = run_state::preparing;
    bool ended_ = false;
    std::condition_variable_any wake_;
    std::vector<std::unique_ptr<page_server>> servers_;
    std::jthread thread_;
};

/// Creates a ring for events if there is a page to show them, and changes the log options to fill it. Otherwise null.
std::shared_ptr<event_ring> ring_for(watch_options const& options, log_options& log);

}  // namespace aisle::cli
