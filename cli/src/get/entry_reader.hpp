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

/// Size of a regular file; 0 for a pipe and the like.
std::uint64_t regular_file_bytes(int fd);

/// Submits entries from a list or a file descriptor, on its own thread.
///
/// The input is read only as fast as entries are accepted. So a program may write some entries into a pipe and wait for
/// their samples before it writes more, and an endless input works.
class entry_reader {
public:
    struct input {
        int fd;                      ///< JSON lines; the caller keeps it open until the reader is destroyed
        std::string default_bucket;  ///< for lines without a bucket
    };
    /// The consumer of the entries.
    struct target {
        std::function<bool(entry)> submit;  ///< may block; false: stop reading
        std::function<void()> end;          ///< called once, after the last entry or an error
    };

    /// Submits entries until it is done or submit() returns false. Throws what finish() shall throw.
    using producer = std::function<void(std::function<bool(entry)> const& submit, std::stop_token stop)>;

    /// Submits a list.
    entry_reader(std::vector<entry> entries, target to);
    /// Reads an input until its end, an invalid line, or stop.
    entry_reader(input from, target to, std::stop_token stop);
    /// Runs a producer.
    entry_reader(producer from, target to, std::stop_token stop);
    /// Stops reading and joins the thread. A blocked submit() must be unblocked before.
    ~entry_reader();
    entry_reader(entry_reader const&) = delete;
    entry_reader& operator=(entry_reader const&) = delete;

    /// Waits until the last entry is submitted. Throws the error that ended the input: usage_error with the line
    /// number, run_error, or that of a producer.
    void finish();

    /// The total number of entries: exact for a list and after the end of the input, estimated from the bytes read for
    /// a regular file, unknown for a pipe. Thread-safe.
    std::optional<std::uint64_t> expected_entries() const;

private:
    void submit_all(std::vector<entry>& entries) const;
    void read(input const& from);
    bool submit(entry e);
    void start(std::function<void()> read, std::stop_token stop);

    target const to_;
    std::atomic<std::uint64_t> entries_{0};
    std::atomic<std::uint64_t> bytes_read_{0};
    std::atomic<bool> all_known_{false};
    std::uint64_t file_bytes_ = 0;  ///< 0: not a regular file
    std::exception_ptr fault_;      ///< set before the thread ends, for finish()
    std::stop_source quit_;
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;  ///< forwards the caller's stop to quit_
    std::jthread thread_;
};

}  // namespace aisle::cli
