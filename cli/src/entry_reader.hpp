#pragma once

#include <aisle/batch.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace aisle::cli {

/// Submits entries, from a list or read from a file descriptor, on a thread of its own.
///
/// The input is read as fast as entries are taken, and no faster: somebody who writes entries into a pipe and waits for
/// their samples before writing more is served, and so is an input without an end.
class entry_reader {
public:
    struct input {
        int fd;                      ///< lines of JSON; owned by the caller, open as long as the reader
        std::string default_bucket;  ///< for lines that name none
    };
    /// Where entries go.
    struct target {
        std::function<bool(entry)> submit;  ///< may wait; false: no more are wanted
        std::function<void()> end;          ///< called once, when all is submitted or the input is faulty
    };

    /// A list.
    entry_reader(std::vector<entry> entries, target to);
    /// An input, until its end, a faulty line, or stop.
    entry_reader(input from, target to, std::stop_token stop);
    /// Stops reading and waits for the thread: what waits in submit() has to end before.
    ~entry_reader();
    entry_reader(entry_reader const&) = delete;
    entry_reader& operator=(entry_reader const&) = delete;

    /// Waits until the last entry is submitted. Throws what ended the input early (usage_error that names the line,
    /// run_error).
    void finish();

    /// How many entries there are in all: exact for a list or a finished input, estimated from the bytes read for a
    /// regular file, unknown for a pipe. Thread-safe.
    std::optional<std::uint64_t> expected_entries() const;

private:
    void submit_all(std::vector<entry>& entries) const;
    void read(input const& from);

    target const to_;
    std::atomic<std::uint64_t> entries_{0};
    std::atomic<std::uint64_t> bytes_read_{0};
    std::atomic<bool> all_known_{false};
    std::uint64_t file_bytes_ = 0;  ///< 0: not a regular file
    std::exception_ptr fault_;      ///< for finish(), once the thread has ended
    std::stop_source quit_;
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;  ///< the caller's stop becomes quit_'s
    std::jthread thread_;
};

}  // namespace aisle::cli
