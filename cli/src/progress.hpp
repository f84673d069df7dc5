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

/// What a run counts, for the display to read.
struct progress_counters {
    std::atomic<std::uint64_t> delivered{0};
    std::atomic<std::uint64_t> missing{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> wrong{0};  ///< shown where payloads are checked
    std::atomic<std::uint64_t> lost{0};   ///< likewise, as wrong ones

    /// Adds without the cost of an atomic read-modify-write, where there is one writer.
    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
};

enum class progress_style {
    automatic,  ///< a bar where standard error is a terminal, lines elsewhere
    quiet       ///< neither; notes are still shown, and why nothing comes
};

/// Whether the run looks into the payloads.
enum class progress_checks : bool { no, yes };

/// Shows on standard error how a run goes: a bar redrawn ten times a second, or a line every five seconds. When the
/// engine is in trouble and nothing comes, it says why.
class progress {
public:
    /// expected and stats are asked from the display's thread, as long as it lives. counters must outlive it.
    /// retry: how long the engine tries.
    progress(progress_style style, progress_counters const& counters,
             std::function<std::optional<std::uint64_t>()> expected, std::function<engine_stats()> stats,
             retry_options const& retry, progress_checks checks = progress_checks::no, progress_words words = {});
    /// Takes the bar away.
    ~progress();
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;

    /// Prints a line above the bar. Thread-safe.
    void note(std::string_view line);
    /// Ends the display with one line of totals (nothing when quiet).
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
