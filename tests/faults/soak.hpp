#pragma once

#include <aisle/engine.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace aisle::test {

/// Totals of a soak's consumers. Thread-safe.
struct soak_tally {
    std::atomic<std::uint64_t> delivered{0};  ///< right, in order
    std::atomic<std::uint64_t> missing{0};    ///< of those that do not exist
    std::atomic<std::uint64_t> wrong{0};      ///< other bytes, or another status than expected
    std::atomic<std::uint64_t> out_of_turn{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> lost{0};  ///< requested and not answered by the stream's end
    std::atomic<std::uint64_t> retries{0};
    std::atomic<std::uint64_t> hedges{0};
    std::atomic<std::uint64_t> streams{0};

    std::uint64_t bad() const { return wrong + out_of_turn + failed + lost; }
    /// Keeps the first messages about errors.
    void say(std::string words);
    std::string first_words() const;

private:
    mutable std::mutex mutex_;
    std::string words_;
};

enum class consumer_kind : std::uint8_t { pull, push, callback, slow_pull };

/// Runs streams of mixed, checked entries until the time is over: whole objects and ranges, some that do not exist, all
/// formats and modes in turn.
void consume(engine& e, consumer_kind how, std::uint64_t seed, std::chrono::steady_clock::time_point until,
             soak_tally& tally);

/// Number of objects of the synthetic bucket that it requests, and their size.
inline constexpr std::uint64_t soak_objects = 1'000'000;
inline constexpr std::uint64_t soak_object_bytes = 6'000;

/// Open file descriptors of this process.
std::uint64_t open_descriptors();
/// Its resident memory, in KiB.
std::uint64_t resident_kib();

}  // namespace aisle::test
