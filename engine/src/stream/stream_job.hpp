#pragma once

#include "../sight/consumer_clock.hpp"
#include "../tuning/form_chooser.hpp"
#include "batch_work.hpp"
#include "delivery.hpp"
#include "ready_signal.hpp"
#include "scheduler.hpp"
#include "wake_rule.hpp"

#include <aisle/engine.hpp>
#include <aisle/fork_generation.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace aisle::detail {

class engine_impl;

/// Observes the progress of batches, besides the caller. Called under the stream's lock.
class batch_listener {
public:
    virtual ~batch_listener() = default;
    virtual void answered(batch_report const& report, std::chrono::steady_clock::time_point now) noexcept = 0;
};

/// One stream of batches: connects consumer, scheduler and shards, with the only lock between them.
///
/// Shards report in blocks (one call per socket read). The consumer either pulls (take), or the shard thread that finds
/// samples ready pushes them.
///
/// The user's code (source, sink, on_batch_end, finished) is called and destroyed only by call() and let_go_of_code():
/// never twice at once for the same function, never under the lock, never after shut(), which waits for calls on other
/// threads.
class stream_job : public std::enable_shared_from_this<stream_job> {
public:
    using finished_handler = std::function<void(result<summary>)>;
    using clock = std::chrono::steady_clock;

    /// sink empty: samples are pulled. finished: called once, as the last of the user's code, after the rest of it is
    /// destroyed.
    stream_job(std::weak_ptr<engine_impl> engine, batch_source source, stream_options options, sample_sink sink,
               finished_handler finished = {});
    /// Before pump(): sets `finished`. without_finish() returns it.
    void on_finish(finished_handler f) noexcept { finished_ = std::move(f); }
    finished_handler without_finish() noexcept { return std::move(finished_); }

    /// Starts as many batches as may start now. Any thread. May call the source: an exception from it ends the stream.
    /// The source may destroy this stream, unless the caller holds a reference.
    void pump();
    /// pump(), as requested from engine_impl::pump_again_in().
    void pump_again();

    // ---- for the consumer, any thread
    /// Waits for blocks until then (max(): without limit; a time in the past: not at all); empty on timeout or at the
    /// end. starts: call pump() once the blocks are stored.
    block_list take(clock::time_point until, bool& starts);
    /// True when no block is left and none will arrive.
    bool is_over() const;
    /// Cancelled, or left by its consumer.
    bool stopped() const noexcept { return stops_; }
    /// Notifies once, as soon as there is a block or the stream has ended; possibly immediately.
    void wait_ready(std::shared_ptr<block_wait> wait) noexcept;
    void stop_waiting(block_wait const& wait) noexcept;
    /// Throws std::system_error.
    int ready_fd(bool readable);
    /// Notifies it of batches that are answered from now on.
    void tell(std::shared_ptr<batch_listener> listener);
    /// The source has a batch again.
    void input_ready();
    std::vector<batch_report> take_reports();
    /// Rethrows an exception of the user's code.
    result<summary> wait_finished();
    void cancel(error why) noexcept;
    /// The consumer leaves, with this many samples taken but unused. Cancels the stream, unless every requested sample
    /// was used: then the responses are read to their ends. Shuts the stream.
    void leave(std::size_t unused) noexcept;
    /// Cancels and shuts the stream in any state.
    void abandon(error why) noexcept;

    // ---- for shards
    stream_options const& options() const noexcept { return options_; }
    bool cancelled() const;
    /// More samples of a batch, in request order. delivered, bytes: of these and of samples held for their turn.
    /// patience: how long a waiting consumer may sleep while more arrives; zero: not at all. The caller wakes it as
    /// returned: by wake(), or by wake_late() when the patience is over, and by wake() if its batch ends earlier.
    [[nodiscard]] waking on_blocks(std::uint64_t number, block_list blocks, std::uint64_t delivered,
                                   std::uint64_t bytes, clock::time_point now, clock::duration patience);
    void wake() noexcept;
    /// Returns the time after which to call it again, if it was too early; zero: no more.
    clock::duration wake_late(clock::time_point now) noexcept;
    /// Expected bytes of a sample of this stream.
    std::size_t typical_bytes() const;
    /// True if the batch is the first in order.
    bool is_head(std::uint64_t number) const;
    /// True if waiting for memory would deadlock: the batch is the first in order, and the consumer has taken
    /// everything.
    bool must_go_on(std::uint64_t number) const;
    /// The last sample of the batch has been passed to on_blocks. Exactly once per batch.
    void on_answered(batch_work const& work, batch_report const& report);
    /// The response was read to its end and checked, or given up. Exactly once per batch, after on_answered.
    void on_end(batch_report const& report);
    /// Something in the engine has failed, such as an allocation: the stream ends with this error.
    void fail(std::exception_ptr const& failure) noexcept;
    unsigned window() const;
    /// How long its samples waited to be taken, and how long it was open.
    struct consumer_times {
        std::chrono::nanoseconds waited{0};
        std::chrono::nanoseconds open{0};
    };
    consumer_times consumed() const;

private:
    using lock = std::unique_lock<std::mutex>;

    enum class code : std::uint8_t { source, sink, report, finished, destructors };
    /// A running call of the user's code. On the stack of the thread that runs it.
    struct user_call {
        code what;
        std::thread::id by;
        bool leaves = false;  // it ends the stream itself and waits for the other calls
        user_call* next = nullptr;
    };

    template <class F>
    void call(lock& held, code what, F&& f);
    void begin(user_call& c) noexcept;
    void end(lock& held, user_call& c) noexcept;
    static char const* whose(code what) noexcept;
    bool runs(code what) const noexcept;
    bool is_inside() const noexcept;
    void wait_for_others(lock& held) noexcept;
    void let_go_of_code(lock& held) noexcept;
    void shut(lock& held) noexcept;
    void finish(lock& held) noexcept;
    void settle(lock& held);
    void tell_waiting(lock& held) noexcept;

    std::shared_ptr<batch_work> next_work(lock& held, engine_impl& engine, std::optional<not_yet>& later);
    std::shared_ptr<batch_work> work_for(batch& next, engine_impl& engine);
    memory_view memory_now(engine_impl& engine) const;
    void push_ready(lock& held);
    void tell_end(lock& held, batch_report const& report);
    void tell_end_later(batch_report const& report) noexcept;
    void count_end(batch_report const& report) noexcept;
    bool is_over_locked() const noexcept {
        return stops_ || (exhausted_ && answered_batches_ == next_number_ && !delivery_.has_ready());
    }
    bool has_news() const noexcept { return delivery_.has_ready() || is_over_locked(); }
    bool has_enough() const noexcept;
    void count_consumer() noexcept;
    bool is_awaited() const noexcept { return takers_ > 0 || ready_.is_waited_for(); }
    void cancel_locked(error&& why) noexcept;
    void drop_thrown(lock& held) noexcept;
    void signal_shards(lock& held) noexcept;
    bool is_of_a_parent() const noexcept { return generation_ != fork_generation(); }
    void make_engine_run(bool waits) const;
    bool all_done() const noexcept {
        return (exhausted_ || cancelled_ || shut_) && scheduler_.idle() && !runs(code::source);
    }

    std::weak_ptr<engine_impl> engine_;
    unsigned const generation_ = fork_generation();  // of the process that opened it
    stream_options options_;                         // without on_batch_end

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<batch_source> source_;
    sample_sink sink_;
    std::function<void(batch_report const&)> on_batch_end_;
    finished_handler finished_;
    std::shared_ptr<batch_listener> listener_;
    user_call* calls_ = nullptr;
    scheduler scheduler_;
    form_chooser forms_;
    delivery delivery_;
    summary summary_;
    std::optional<error> cancelled_;
    std::string path_bucket_;
    std::uint64_t next_number_ = 0;
    std::uint64_t answered_batches_ = 0;
    std::uint64_t asked_samples_ = 0;                  // entries of the batches that were begun
    std::uint64_t pulled_samples_ = 0;                 // by take()
    std::optional<clock::time_point> pumps_again_at_;  // a pump_again() is scheduled
    std::deque<batch_report> ends_;                    // ended on other threads while on_batch_end runs
    std::deque<batch_report> reports_;                 // not taken yet
    ready_signal ready_;
    consumer_clock consumer_{std::chrono::steady_clock::now()};
    unsigned takers_ = 0;  // threads that wait for samples
    wake_rule wake_rule_;
    bool const pushes_;
    bool exhausted_ = false;          // the source returned nullopt
    bool input_ready_ = false;        // input_ready() was called since the source was
    bool signal_due_ = false;         // the shards have not been notified of the cancellation yet
    bool finish_begun_ = false;       // finished_ was called, or is about to be
    bool finish_over_ = false;        // it has returned
    bool left_engine_ = false;        // the engine has been notified
    bool shut_ = false;               // no more of the user's code is called
    std::atomic<bool> stops_{false};  // cancelled_ or shut_, for the sink between two samples
};

}  // namespace aisle::detail
