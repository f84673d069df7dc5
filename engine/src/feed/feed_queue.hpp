#pragma once

#include "../stream/stream_job.hpp"
#include "../tuning/batch_size_tuner.hpp"
#include "batch_cutter.hpp"

#include <aisle/batch_source.hpp>
#include <aisle/feed.hpp>
#include <aisle/fork_generation.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace aisle::detail {

/// The entries between the submitters and the stream that requests them. Thread-safe. Its lock is never held while
/// taking the stream's.
class feed_queue : public std::enable_shared_from_this<feed_queue>, public batch_listener {
public:
    explicit feed_queue(feed_options const& options);

    /// The source of the stream. When the stream destroys it, the queue is closed.
    batch_source source();
    /// Sets the stream that takes from it; before the first submit().
    void feeds(std::weak_ptr<stream_job> stream) noexcept {
        lock const held(mutex_);
        stream_ = std::move(stream);
    }

    void answered(batch_report const& report, std::chrono::steady_clock::time_point now) noexcept override;

    // ---- for submitters
    bool submit(entry e);
    bool submit(batch b);
    std::size_t room() const;
    void end_input();
    void submit_later(std::shared_ptr<submit_wait> wait) noexcept;
    void stop_submitting(submit_wait const& wait) noexcept;

private:
    using lock = std::unique_lock<std::mutex>;
    using waiters = std::deque<std::shared_ptr<submit_wait>>;

    source_answer next();
    void close() noexcept;
    /// True in a forked child. A thread of the parent may have held the lock during the fork, and the child requests
    /// nothing.
    bool is_of_a_parent() const noexcept { return generation_ != fork_generation(); }
    bool takes_more() const noexcept { return !ended_ && !closed_; }
    /// A batch never exceeds the number of entries that may wait.
    unsigned batch_size() const noexcept {
        return static_cast<unsigned>(std::min<std::size_t>(size_.size(), max_waiting_));
    }
    std::size_t room_locked() const noexcept;
    bool wait_for_room(lock& held);
    void added(lock& held);
    void admit(waiters& taken);

    unsigned const generation_ = fork_generation();
    std::size_t const max_waiting_;
    std::weak_ptr<stream_job> stream_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    batch_size_tuner size_;
    batch_cutter cutter_;
    std::size_t typical_bytes_ = 1;  // of a sample
    waiters waiting_;                // for space
    bool ended_ = false;             // by end_input()
    bool closed_ = false;
    bool asks_ = false;   // the stream got not_yet
    bool armed_ = false;  // and when the oldest entry is due
};

}  // namespace aisle::detail
