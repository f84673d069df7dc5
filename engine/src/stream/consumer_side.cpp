// Calls of a stream's consumer: taking blocks, waiting, ending it.
#include "../engine/engine_impl.hpp"
#include "../engine/failure.hpp"
#include "../engine/fork_guard.hpp"
#include "stream_job.hpp"

#include <exception>
#include <iterator>
#include <utility>

namespace aisle::detail {

// Looking for samples uses the engine: threads stopped for a fork start again. Call without the lock.
void stream_job::make_engine_run(bool waits) const {
    auto const engine = engine_.lock();
    if (!engine) return;
    if (waits && engine->is_run_by_caller() && engine->is_own_thread())
        throw exception({errc::invalid_argument, stage::usage,
                         "a callback of an engine on the caller's loop must not wait for samples: only this "
                         "loop can deliver them"});
    engine->resume();
}

block_list stream_job::take(clock::time_point until, bool& starts) {
    if (is_of_a_parent()) return {};  // the threads that would wake a forked child are in its parent
    lock held(mutex_);
    auto const news = [this] { return has_news(); };
    if (!has_news()) {
        held.unlock();
        make_engine_run(until != clock::time_point::min());
        held.lock();
    }
    if (!has_news()) {
        ready_.clear();
        ++takers_;
        if (until == clock::time_point::max())
            changed_.wait(held, news);
        else if (until != clock::time_point::min())
            changed_.wait_until(held, until, news);
        --takers_;
    }
    if (stops_ || !delivery_.has_ready()) return {};
    auto out = delivery_.take();
    pulled_samples_ += out.samples();
    if (consumer_.is_running()) consumer_.taken(consumer_clock::clock::now());
    starts = !exhausted_ && scheduler_.has_place();
    // The consumer gets one block at a time. ready_fd() must stay readable for the rest: they may have been taken
    // before wake() made it readable.
    if (out.has_several()) ready_.keep_readable();
    return out;
}

bool stream_job::is_over() const {
    if (is_of_a_parent()) return true;
    lock held(mutex_);
    return is_over_locked();
}

void stream_job::wait_ready(std::shared_ptr<block_wait> wait) noexcept {
    bool now = is_of_a_parent();
    if (!now) {
        lock held(mutex_);
        now = has_news();
        if (!now) ready_.wait(wait);
    }
    if (now) return wait->ready();
    try {
        make_engine_run(false);
    } catch (...) {  // no thread: the next use of the engine tries again
    }
}

void stream_job::stop_waiting(block_wait const& wait) noexcept {
    std::shared_ptr<block_wait> stopped;
    if (!is_of_a_parent()) {
        lock held(mutex_);
        stopped = ready_.stop(wait);
    }
    if (stopped) stopped->ready();
}

int stream_job::ready_fd(bool readable) {
    if (is_of_a_parent()) throw exception({errc::cancelled, stage::usage, "the stream belongs to the parent process"});
    make_engine_run(false);
    lock held(mutex_);
    return ready_.descriptor(readable || has_news());
}

void stream_job::input_ready() {
    if (is_of_a_parent()) return;
    {
        lock held(mutex_);
        input_ready_ = true;
    }
    pump();
}

std::vector<batch_report> stream_job::take_reports() {
    std::deque<batch_report> taken;
    if (is_of_a_parent()) return {};
    {
        lock held(mutex_);
        taken.swap(reports_);
    }
    return {std::make_move_iterator(taken.begin()), std::make_move_iterator(taken.end())};
}

result<summary> stream_job::wait_finished() {
    if (is_of_a_parent()) return error{errc::cancelled, stage::usage, "the stream belongs to the parent process"};
    lock held(mutex_);
    if (is_inside()) {
        if (!cancelled_)
            return error{errc::invalid_argument, stage::usage,
                         "finish() in a callback of this stream would wait for itself: cancel the stream first, or "
                         "call finish() elsewhere"};
        shut(held);
        if (!finish_over_) return copy_of(*cancelled_);  // this thread is ending it
    }
    if (!finish_over_ && !is_inside()) {
        held.unlock();
        make_engine_run(true);
        held.lock();
    }
    while (!finish_over_) {
        if (consumer_.is_running()) consumer_.taken(consumer_clock::clock::now());
        ++takers_;
        changed_.wait(held, [&] { return finish_over_ || delivery_.has_ready(); });
        --takers_;
        auto dropped = delivery_.take();
        pulled_samples_ += dropped.samples();
        held.unlock();
        dropped.clear();
        pump();
        held.lock();
    }
    if (!cancelled_) return summary_;
    if (auto const thrown = cancelled_->thrown) {
        held.unlock();
        std::rethrow_exception(thrown);
    }
    return *cancelled_;
}

void stream_job::cancel(error why) noexcept {
    if (is_of_a_parent()) return;
    lock held(mutex_);
    if (all_done()) return;
    cancel_locked(std::move(why));
    settle(held);
}

void stream_job::fail(std::exception_ptr const& failure) noexcept {
    cancel(failed_with(failure));
}

void stream_job::leave(std::size_t unused) noexcept {
    // A thread of the parent may be waiting: destroying what it waits with would wait for that thread.
    if (is_of_a_parent()) return fork_guard::keep_for_ever(shared_from_this());
    lock held(mutex_);
    stops_ = true;  // batches from the source are no longer requested
    bool const all_used = pulled_samples_ - unused == asked_samples_;
    if (!all_done() && !all_used) cancel_locked(said(errc::cancelled, "the stream was destroyed"));
    shut(held);
    drop_thrown(held);
    settle(held);
}

void stream_job::abandon(error why) noexcept {
    if (is_of_a_parent()) return;
    lock held(mutex_);
    if (!all_done()) cancel_locked(std::move(why));
    shut(held);
    settle(held);
}

// It will not be rethrown. Its destructor is the user's code, so it is not left to the thread that releases the stream
// last.
void stream_job::drop_thrown(lock& held) noexcept {
    if (!cancelled_ || !cancelled_->thrown) return;
    auto thrown = std::exchange(cancelled_->thrown, nullptr);
    held.unlock();
    thrown = nullptr;
    held.lock();
}

void stream_job::cancel_locked(error&& why) noexcept {
    if (!cancelled_) {
        cancelled_ = std::move(why);
        signal_due_ = true;
    }
    stops_ = true;
}

bool stream_job::cancelled() const {
    lock held(mutex_);
    return cancelled_.has_value();
}

}  // namespace aisle::detail
