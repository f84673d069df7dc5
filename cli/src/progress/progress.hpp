#pragma once

#include "progress_text.hpp"
#include "trouble_watch.hpp"

#include <aisle/options.hpp>
#include <aisle/stats.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

namespace aisle::cli {

/// The counters of a run. The display reads them from its own thread.
struct progress_counters {
    std::atomic<std::uint64_t> delivered{0};
    std::atomic<std::uint64_t> missing{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> wrong{0};  ///< shown if the run checks payloads
    std::atomic<std::uint64_t> lost{0};   ///< likewise, counted as wrong

    /// Adds to a counter that has only one writer, without the cost of an atomic read-modify-write.
    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
};

enum class progress_style {
    automatic,  ///< a bar if standard error is a terminal, else lines
    quiet       ///< neither; notes and the reason for a stall are still shown
};

/// Whether the run checks payloads.
enum class progress_checks : bool { no, yes };

/// Shows the progress of a run on standard error: a bar that is redrawn ten times a second, or a line every five
/// seconds. When nothing arrives because of an error, it prints the error.
class progress {
public:
    /// expected (the total number of items, if known) and stats are called on the display's thread until it is
    /// destroyed. counters must outlive it. retry: the options of the run, for the time that is left.
    progress(progress_style style, progress_counters const& counters,
             std::function<std::optional<std::uint64_t>()> expected, std::function<engine_stats()> stats,
             retry_options const& retry, progress_checks checks = progress_checks::no, progress_words words = {});
    /// Removes the bar.
    ~progress();
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;

    /// Prints a line above the bar. Thread-safe.
    void note(std::string_view line);
    /// Ends the display and prints a line of totals, unless quiet.
    void close();

private:
    using clock = std::chrono::steady_clock;
    struct moment {
        clock::time_point when;
        std::uint64_t answered;
        std::uint64_t bytes;
    };

    void run(std::stop_token stop);
    void watch(engine_stats const& engine);
    progress_state state(engine_stats const& engine);
    void draw(engine_stats const& engine);
    void erase();

    bool const quiet_;
    bool const bar_;
    progress_counters const& counters_;
    std::function<std::optional<std::uint64_t>()> const expected_;
    std::function<engine_stats()> const stats_;
    bool const checks_;
    progress_words const words_;
    clock::time_point const began_ = clock::now();
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<moment> recent_;
    bool drawn_ = false;
    trouble_watch trouble_;
    std::jthread thread_;
};

}  // namespace aisle::cli
