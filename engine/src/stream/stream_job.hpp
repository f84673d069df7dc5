#pragma once

#include "../sight/consumer_clock.hpp"
#include "batch_work.hpp"
#include "delivery.hpp"
#include "form_chooser.hpp"
#include "ready_signal.hpp"
#include "scheduler.hpp"

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

/// Who wants to know how batches get on, besides the caller. Called under the stream's lock.
class batch_listener {
public:
    virtual ~batch_listener() = default;
    virtual void answered(batch_report const& report, std::chrono::steady_clock::time_point now) noexcept = 0;
};

/// One stream of batches: the meeting point of consumer, scheduler and shards, and the only lock between them.
///
/// Shards report in blocks (one call a socket read). The consumer either pulls (take) or is pushed to, by whichever
/// shard thread finds something ready.
///
/// The user's code (source, sink, on_batch_end, finished) is called, and destroyed, by call() and let_go_of_code()
/// alone: never two at once of one kind, never under the lock, not at all once the stream is shut, and shut() waits for
/// what runs on other threads.
class stream_job : public std::enable_shared_from_this<stream_job> {
public:
    using finished_handler = std::function<void(result<summary>)>;
    using clock = std::chrono::steady_clock;

    /// sink empty: samples are pulled. finished: called once, last of the user's code, when all of it but itself is
    /// destroyed.
    stream_job(std::weak_ptr<engine_impl> engine, batch_source source, stream_options options, sample_sink sink,
               finished_handler finished = {});
    /// Before pump(): what is called last. without_finish() gives it back.
    void on_finish(finished_handler f) noexcept { finished_ = std::move(f); }
    finished_handler without_finish() noexcept { return std::move(finished_); }

    /// Starts as many batches as may start now. Any thread. May call the source: what that throws ends the stream, and
    /// this stream may be destroyed by it, unless the caller keeps it.
    void pump();
    /// pump(), as asked of engine_impl::look_again_soon.
    void look_again();

    // ---- consumer's side, any thread
    /// Waits for blocks until then (max(): for as long as it takes; a time that has passed: not at all); false when
    /// there are none by then, or will be none any more. starts: call pump() when the blocks are safe.
    bool take(std::vector<sample_block>& into, clock::time_point until, bool& starts);
    /// No more blocks will come, and none is left.
    bool is_over() const;
    /// Cancelled, or left by its consumer.
    bool stopped() const noexcept { return stops_; }
    /// Told once, as soon as there is a block or the stream is over; perhaps at once.
    void wait_ready(std::shared_ptr<block_wait> wait) noexcept;
    void stop_waiting(block_wait const& wait) noexcept;
    /// Throws std::system_error.
    int ready_fd(bool readable);
    /// Tells it of batches that are answered from now on.
    void tell(std::shared_ptr<batch_listener> listener);
    /// The source has something again.
    void input_ready();
    std::vector<batch_report> take_reports();
    /// Throws what the user's code threw.
    result<summary> wait_finished();
    void cancel(error why) noexcept;
    /// The consumer goes away, with so many samples taken and not used. Cancels the stream, unless every sample of what
    /// was asked for is used: then the answers are read to their ends. Shuts it.
    void leave(std::size_t unused) noexcept;
    /// Cancels and shuts the stream, whatever is under way.
    void abandon(error why) noexcept;

    // ---- shards' side
    stream_options const& options() const noexcept { return options_; }
    bool cancelled() const;
    /// More samples of a batch, in request order; the vector comes back empty. Of them, and of those to come at their
    /// turn, so many were delivered, of so many bytes.
    /// True: call wake() when what else has arrived by now is read too, so that a consumer that waits is woken once.
    [[nodiscard]] bool on_blocks(std::uint64_t number, std::vector<sample_block>& blocks, std::uint64_t delivered,
                                 std::uint64_t bytes, clock::time_point now);
    void wake() noexcept;
    /// Bytes a sample of this stream has, as far as is known.
    std::size_t typical_bytes() const;
    /// True when the batch is the head of the order.
    bool is_head(std::uint64_t number) const;
    /// True when waiting for memory would be for ever: the batch is the head of the order, and the consumer has all
    /// there is.
    bool must_go_on(std::uint64_t number) const;
    /// The last sample of the batch has been passed to on_blocks. Exactly once a batch.
    void on_answered(batch_work const& work, batch_report const& report);
    /// The answer is read to its end and checked, or given up. Exactly once a batch, after on_answered.
    void on_end(batch_report const& report);
    /// Something of the engine's has failed, an allocation say: the stream ends with this error.
    void fail(std::exception_ptr const& failure) noexcept;
    unsigned window() const;
    /// For how long its samples waited to be taken, and for how long it was open.
    struct consumer_times {
        std::chrono::nanoseconds waited{0};
        std::chrono::nanoseconds open{0};
    };
    consumer_times consumed() const;

private:
    using lock = std::unique_lock<std::mutex>;

    enum class code : std::uint8_t { source, sink, report, finished, destructors };
    /// The user's code, running now. On the stack of the thread that runs it.
    struct user_call {
        code what;
        std::thread::id by;
        bool leaves = false;  // it ends the stream itself and waits for the others
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
    void report_ends(lock& held);
    void count_end(batch_report const& report) noexcept;
    bool is_over_locked() const noexcept {
        return stops_ || (exhausted_ && answered_batches_ == next_number_ && !delivery_.has_ready());
    }
    bool has_news() const noexcept { return delivery_.has_ready() || is_over_locked(); }
    void cancel_locked(error&& why) noexcept;
    void drop_thrown(lock& held) noexcept;
    void signal_shards(lock& held) noexcept;
    bool is_of_a_parent() const noexcept { return generation_ != fork_generation(); }
    void make_engine_run(bool waits) const;
    bool all_done() const noexcept {
        return (exhausted_ || cancelled_ || shut_) && scheduler_.idle() && !runs(code::source);
    }

    std::weak_ptr<engine_impl> engine_;
    unsigned const generation_ = fork_generation();  // of the process it was opened in
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
    std::optional<clock::time_point> looks_again_at_;  // a look_again() is on its way
    std::deque<batch_report> ends_;                    // not told to on_batch_end yet
    std::deque<batch_report> reports_;                 // not taken yet
    ready_signal ready_;
    consumer_clock consumer_{std::chrono::steady_clock::now()};
    unsigned takers_ = 0;  // threads that wait for samples
    bool const pushes_;
    bool exhausted_ = false;          // the source has said its last
    bool input_ready_ = false;        // input_ready() was called since the source was
    bool wake_due_ = false;           // a consumer waits, and wake() will be called
    bool signal_due_ = false;         // the shards do not know yet that the stream is cancelled
    bool finish_begun_ = false;       // finished_ was called, or is about to be
    bool finish_over_ = false;        // it has returned
    bool left_engine_ = false;        // the engine has been told so
    bool shut_ = false;               // no more of the user's code is called
    std::atomic<bool> stops_{false};  // cancelled_ or shut_, for the sink between two samples
};

}  // namespace aisle::detail
