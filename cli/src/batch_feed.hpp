#pragma once

#include <aisle/batch.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace aisle::cli {

/// Batches for the engine, from a list or read from a file descriptor as they are asked for.
///
/// The engine takes batches on a thread that has sockets to serve, so take() never waits for input that is not here:
/// it says "no more for now", which ends the engine's stream. wait() then blocks the main thread until there is more,
/// and another stream begins. Somebody who writes entries into a pipe and waits for their samples before writing more
/// is served that way, while a fast writer is read as one stream. A batch that is not full waits for flush_after.
///
/// At most max_ready batches are held, however long the input is.
class batch_feed {
public:
    static constexpr std::size_t max_ready = 64;
    static constexpr std::chrono::milliseconds flush_after{100};

    struct input {
        int fd;                      ///< lines of JSON; owned by the caller, open as long as the feed
        std::string default_bucket;  ///< for lines that name none
    };

    /// A list: everything is ready at once.
    batch_feed(std::vector<entry> entries, std::size_t batch_size);
    /// An input, read on a thread of the feed's own until its end, a faulty line, or stop.
    batch_feed(input from, std::size_t batch_size, std::stop_token stop);
    ~batch_feed();
    batch_feed(batch_feed const&) = delete;
    batch_feed& operator=(batch_feed const&) = delete;

    /// Blocks until a batch is ready, or none will ever be: false. Throws what ended the input early (usage_error that
    /// names the line, run_error), once every batch before it is taken.
    bool wait();
    /// The next batch if it is here, or comes within a few milliseconds. Thread-safe.
    std::optional<batch> take();

    /// How many entries there are in all: exact for a list or a finished input, estimated from the bytes read for a
    /// regular file, unknown for a pipe. Thread-safe.
    std::optional<std::uint64_t> expected_entries() const;

private:
    void read(input const& from, std::size_t batch_size);
    void push(batch full);

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<batch> ready_;
    bool finished_ = false;
    std::exception_ptr fault_;

    std::atomic<std::uint64_t> entries_{0};
    std::atomic<std::uint64_t> bytes_read_{0};
    std::uint64_t file_bytes_ = 0;  ///< 0: not a regular file
    std::stop_source quit_;
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;  ///< the caller's stop becomes quit_'s
    std::jthread thread_;
};

}  // namespace aisle::cli
