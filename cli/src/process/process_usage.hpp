#pragma once

#include <chrono>
#include <cstdint>

namespace aisle::cli {

/// Resources that this process has used so far (getrusage, RUSAGE_SELF).
struct process_usage {
    std::chrono::microseconds cpu{};  ///< user and system time of all threads
    std::uint64_t peak_rss_bytes = 0;
};

process_usage usage_now();

/// Resident memory of this process in bytes; 0 without /proc.
std::uint64_t resident_bytes_now();

/// Number of file descriptors that this process has open; 0 without /proc.
std::uint64_t open_files_now();

}  // namespace aisle::cli
