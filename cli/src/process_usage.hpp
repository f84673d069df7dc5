#pragma once

#include <chrono>
#include <cstdint>

namespace aisle::cli {

/// What this process has used so far (getrusage, RUSAGE_SELF).
struct process_usage {
    std::chrono::microseconds cpu{};  ///< user and system time of all threads
    std::uint64_t peak_rss_bytes = 0;
};

process_usage usage_now();

/// File descriptors this process has open now; 0 where the system does not tell (no /proc).
std::uint64_t open_files_now();

}  // namespace aisle::cli
