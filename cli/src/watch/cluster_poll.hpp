#pragma once

#include "../text/cluster_text.hpp"

#include <aisle/cluster_stats.hpp>
#include <aisle/engine.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace aisle::cli {

/// Polls the targets' counters: every 5 seconds, and every 30 seconds after a failure. Uses its own engine, so it
/// does not change the connections and figures of the run's engines. Thread-safe.
class cluster_poll {
public:
    static constexpr std::chrono::seconds every{5};
    static constexpr std::chrono::seconds after_failure{30};

    /// options: those of the run's engine. Starts the first poll at once.
    explicit cluster_poll(engine_options const& options);
    ~cluster_poll();
    cluster_poll(cluster_poll const&) = delete;
    cluster_poll& operator=(cluster_poll const&) = delete;

    struct view {
        std::optional<cluster_stats> newest;
        std::optional<cluster_stats> whole;   ///< since begin()
        std::optional<cluster_stats> recent;  ///< between the last two polls
        std::string why;                      ///< why the last poll failed; empty if it succeeded
    };
    view current() const;

    /// Polls now and waits for the result, at most until the timeout. False after the timeout.
    bool refresh(std::chrono::milliseconds timeout);
    /// The run starts: counts from the newest poll.
    void begin();
    /// The counters since begin().
    cluster_report report() const;

private:
    struct poll_result {
        std::optional<cluster_stats> stats;
        std::string why;  // why there are none
    };

    void run(std::stop_token stop);
    poll_result fetch(std::stop_token stop) const;
    void store(poll_result fetched);

    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::optional<cluster_stats> base_;
    std::optional<cluster_stats> before_;
    std::optional<cluster_stats> newest_;
    std::string why_;
    std::uint64_t wanted_ = 1;  // number of the newest poll that was asked for
    std::uint64_t done_ = 0;    // number of the newest poll that is finished
    engine engine_;
    std::jthread thread_;
};

}  // namespace aisle::cli
