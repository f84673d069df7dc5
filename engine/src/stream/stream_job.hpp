#pragma once

#include "delivery.hpp"
#include "scheduler.hpp"

#include <aisle/engine.hpp>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace aisle::detail {

class engine_impl;
class stream_job;

/// One batch on its way: what a shard needs to fetch it, and whom to tell.
struct batch_work {
    std::shared_ptr<stream_job> job;
    std::shared_ptr<batch const> what;
    std::uint64_t number = 0;
    std::string path_bucket;         ///< as the entries give it; the request's URL names this one
    std::size_t reserved_bytes = 0;  ///< of the engine's budget, for its first request
};

/// One stream of batches: the meeting point of consumer, scheduler and shards, and the only lock between them.
///
/// Shards report in batches of samples (one call a socket read). The consumer either pulls (take) or is pushed to, by
/// whichever shard thread finds something ready; never two at once, never under the lock.
class stream_job : public std::enable_shared_from_this<stream_job> {
public:
    using finished_handler = std::function<void(result<summary>)>;

    /// sink empty: samples are pulled. finished: called once, behind the last sample.
    stream_job(std::weak_ptr<engine_impl> engine, batch_source source, stream_options options, sample_sink sink,
               finished_handler finished);

    /// Starts as many batches as may start now. Any thread.
    void pump();
    /// pump(), as asked of engine_impl::look_again_soon.
    void look_again();

    // ---- consumer's side, any thread
    /// Waits for samples; false when there will be none any more.
    bool take(std::vector<sample>& into);
    result<summary> wait_finished();
    void cancel(error why);

    // ---- shards' side
    stream_options const& options() const noexcept { return options_; }
    bool cancelled() const;
    /// More samples of a batch, in request order; the vector comes back empty. Of them, and of those to come at their
    /// turn, so many were delivered, of so many bytes.
    void on_samples(std::uint64_t number, std::vector<sample>& samples, std::uint64_t delivered, std::uint64_t bytes);
    /// Bytes a sample of this stream has, as far as is known.
    std::size_t typical_bytes() const;
    /// True when the batch is the head of the order.
    bool is_head(std::uint64_t number) const;
    /// True when waiting for memory would be for ever: the batch is the head of the order, and the consumer has all
    /// there is.
    bool must_go_on(std::uint64_t number) const;
    /// The last sample of the batch has been passed to on_samples. Exactly once a batch.
    void on_answered(batch_work const& work, batch_report const& report);
    /// The answer is read to its end and checked, or given up. Exactly once a batch, behind on_answered.
    void on_end(batch_report const& report);
    unsigned window() const;

private:
    using lock = std::unique_lock<std::mutex>;

    std::optional<batch_work> next_work(lock& held, std::size_t most_bytes);
    memory_view memory_now(engine_impl& engine) const;
    void advance(lock& held);
    void push_ready(lock& held);
    void cancel_locked(error why);
    bool is_of_a_parent() const noexcept;
    bool all_done() const noexcept { return (exhausted_ || cancelled_) && scheduler_.idle() && !taking_source_; }

    std::weak_ptr<engine_impl> engine_;
    long const process_;  // the one it was opened in
    stream_options const options_;
    batch_source source_;
    sample_sink sink_;
    finished_handler finished_;

    std::mutex reporting_;  // keeps on_batch_end to one call at a time
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    scheduler scheduler_;
    delivery delivery_;
    summary summary_;
    std::optional<error> cancelled_;
    std::string path_bucket_;
    std::uint64_t next_number_ = 0;
    std::uint64_t answered_batches_ = 0;
    std::uint64_t opened_entries_ = 0;  // of all batches so far; each becomes one sample
    bool exhausted_ = false;            // the source has said its last
    bool taking_source_ = false;        // a thread is inside source_
    bool pushing_ = false;              // a thread is inside sink_
    bool looks_again_ = false;          // a look_again() is on its way
    bool finished_called_ = false;
};

}  // namespace aisle::detail
