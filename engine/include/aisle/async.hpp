#pragma once

#include <aisle/detail/post_surely.hpp>
#include <aisle/engine.hpp>
#include <aisle/engine_on.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/system_executor.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace aisle {
namespace detail {

/// The executor; if possible, one that counts as outstanding work of its context.
template <class Executor>
auto at_work(Executor const& ex) {
    using tracked = boost::asio::execution::outstanding_work_t::tracked_t;
    if constexpr (boost::asio::can_prefer_v<Executor const&, tracked>)
        return boost::asio::prefer(ex, tracked());
    else
        return ex;
}

/// Holds a completion handler until it is called, once, on its associated executor, and keeps that executor's context
/// running.
template <class Handler, class DefaultExecutor = boost::asio::system_executor>
class held_handler {
public:
    explicit held_handler(Handler h, DefaultExecutor const& otherwise = DefaultExecutor())
        : handler_(std::move(h)),
          memory_(boost::asio::get_associated_allocator(*handler_)),
          outlives_work_(at_work(boost::asio::get_associated_executor(*handler_, otherwise))),
          work_(boost::asio::get_associated_executor(*handler_, otherwise)) {
        make_system_pool();
    }

    /// Connects f to the handler's cancellation slot, for any cancellation type.
    template <class F>
    void on_cancellation(F f) {
        if (auto slot = boost::asio::get_associated_cancellation_slot(*handler_); slot.is_connected())
            slot.assign([f = std::move(f)](boost::asio::cancellation_type) { f(); });
    }
    /// Posts f, with the handler's allocator. The caller must keep this object until post() returns: the handler may
    /// destroy its own context while this thread is still posting to it.
    template <class F>
    void post(F const& f) const noexcept {
        post_surely(work_.get_executor(), memory_, f);
    }
    /// Calls and destroys the handler. It is not left to the thread that releases this object last.
    template <class... Values>
    void complete(Values&&... values) {
        auto deliver = std::move(*handler_);
        handler_.reset();
        if (auto slot = boost::asio::get_associated_cancellation_slot(deliver); slot.is_connected()) slot.clear();
        std::move(deliver)(std::forward<Values>(values)...);
    }

private:
    using executor_type = boost::asio::associated_executor_t<Handler, DefaultExecutor>;

    // Asio starts the threads of its system pool at first use; they inherit name and signal mask of the thread that
    // starts them. So the caller's thread must start them, not an engine thread. The same holds for use_future, whose
    // executor is a different one for the same pool.
    void make_system_pool() const {
        if constexpr (boost::asio::can_query_v<executor_type, boost::asio::execution::context_t>)
            static_cast<void>(boost::asio::query(work_.get_executor(), boost::asio::execution::context));
    }

    std::optional<Handler> handler_;
    boost::asio::associated_allocator_t<Handler> memory_;
    // A work guard ends its work before it destroys its executor. That may be a strand, whose context is destroyed in
    // between. This executor also counts as work, and is destroyed after the guard.
    decltype(at_work(std::declval<executor_type const&>())) outlives_work_;
    boost::asio::executor_work_guard<executor_type> work_;
};

/// The completion of a stream: its handler and the outcome.
template <class Handler, class DefaultExecutor>
struct stream_completion {
    held_handler<Handler, DefaultExecutor> handler;
    boost::system::error_code code;
    summary outcome;

    stream_completion(Handler h, DefaultExecutor const& otherwise) : handler(std::move(h), otherwise) {}

    void note(result<summary> said) noexcept {
        try {
            if (said) {
                outcome = std::move(*said);
            } else {
                outcome.fault = std::move(said).error();
                code = outcome.fault->code;
            }
        } catch (...) {  // no memory to copy the text
            code = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
        }
    }

    static void post(std::shared_ptr<stream_completion> const& self) noexcept {
        self->handler.post([self] { self->handler.complete(self->code, std::move(self->outcome)); });
    }
};

/// Allows connecting a cancellation slot before the stream starts; starting may already complete it.
class stream_stop {
public:
    void operator()() {
        std::unique_lock lock(mutex_);
        asked_ = true;
        call(lock);
    }
    void connect(std::function<void()> cancel) {
        std::unique_lock lock(mutex_);
        cancel_ = std::move(cancel);
        if (asked_) call(lock);
    }

private:
    // Calls without the lock, because this may complete the stream.
    void call(std::unique_lock<std::mutex>& lock) {
        auto const cancel = cancel_;
        lock.unlock();
        if (cancel) cancel();
    }

    std::mutex mutex_;
    std::function<void()> cancel_;
    bool asked_ = false;
};

template <class DefaultExecutor>
struct start_stream {
    DefaultExecutor otherwise;

    template <class Handler>
    void operator()(Handler handler, engine* on, batch_source batches, stream_options options, sample_sink sink) const {
        auto const stop = std::make_shared<stream_stop>();
        using completion = stream_completion<Handler, DefaultExecutor>;
        // std::function requires a copyable target, but handlers need not be copyable.
        auto shared = std::make_shared<completion>(std::move(handler), otherwise);
        shared->handler.on_cancellation([stop] { (*stop)(); });
        stop->connect(on->start(std::move(batches), std::move(options), std::move(sink),
                                [held = std::move(shared)](result<summary> said) {
                                    held->note(std::move(said));
                                    completion::post(held);
                                }));
    }
};

/// One async_next_block. The stream notifies it on any thread; it then takes the block on the handler's executor.
template <class Handler>
class block_operation final : public block_wait {
public:
    block_operation(Handler handler, std::shared_ptr<puller> from)
        : handler_(std::move(handler)), from_(std::move(from)) {}

    void start() {
        if (!from_) return ready();
        handler_.on_cancellation([weak = std::weak_ptr(self())] {
            if (auto const alive = weak.lock()) alive->cancel();
        });
        wait_for_block(from_, self());
    }

    void ready() noexcept override {
        auto const me = self();
        handler_.post([me] { me->take_block(); });
    }

private:
    std::shared_ptr<block_operation> self() { return std::static_pointer_cast<block_operation>(shared_from_this()); }

    void cancel() {
        cancelled_ = true;
        stop_waiting(*from_, *this);
    }

    void take_block() {
        std::optional<sample_block> block;
        boost::system::error_code code;
        if (!from_) {
            code = make_error_code(errc::invalid_argument);  // the stream was moved from
        } else if (cancelled_) {
            code = make_error_code(errc::cancelled);
        } else if (!take_waited(*from_, block, code)) {
            wait_for_block(from_, self());
            return;
        }
        from_.reset();
        handler_.complete(code, std::move(block));
    }

    held_handler<Handler> handler_;
    std::shared_ptr<puller> from_;
    std::atomic<bool> cancelled_{false};
};

/// One async_submit. Notified by any thread that makes space; completes on the handler's executor.
template <class Handler>
class submit_operation final : public submit_wait {
public:
    submit_operation(Handler handler, std::shared_ptr<feed_queue> to, entry e)
        : handler_(std::move(handler)), to_(std::move(to)) {
        what = std::move(e);
    }

    void start() {
        if (!to_) return done(false);
        handler_.on_cancellation([weak = std::weak_ptr(self())] {
            if (auto const alive = weak.lock()) stop_submitting(*alive->to_, *alive);
        });
        submit_later(*to_, self());
    }

    void done(bool taken) noexcept override {
        auto const me = self();
        handler_.post([me, taken] {
            me->handler_.complete(taken ? boost::system::error_code() : make_error_code(errc::cancelled));
        });
    }

private:
    std::shared_ptr<submit_operation> self() { return std::static_pointer_cast<submit_operation>(shared_from_this()); }

    held_handler<Handler> handler_;
    std::shared_ptr<feed_queue> const to_;
};

struct start_submit {
    template <class Handler>
    void operator()(Handler handler, std::shared_ptr<feed_queue> to, entry e) const {
        std::make_shared<submit_operation<Handler>>(std::move(handler), std::move(to), std::move(e))->start();
    }
};

struct start_next_block {
    template <class Handler>
    void operator()(Handler handler, std::shared_ptr<puller> from) const {
        std::make_shared<block_operation<Handler>>(std::move(handler), std::move(from))->start();
    }
};

}  // namespace detail

/// engine::start with any Asio completion token; the signature is void(error_code, summary).
///
/// The handler is posted exactly once, after the last sample, when the engine has destroyed batches, sink and
/// options.on_batch_end: to its associated executor (default: the engine_on's, else the system executor), with its
/// associated allocator. Any type of cancellation through its slot cancels the stream. sink runs on an engine thread,
/// not on the handler's executor.
///
/// An error_code means that the stream as a whole did not complete; summary::fault has the details: errc::cancelled;
/// errc::deadline_exceeded; errc::callback_failed, with the exception in summary::fault->thrown;
/// std::errc::not_enough_memory; errc::invalid_argument or errc::unsupported for options out of range and for an empty
/// sink. On success, summary::fault is the first fault of a single batch, if any.
///
/// Throws only std::bad_alloc, before the stream has started; the handler is then destroyed and not called.
template <class CompletionToken>
auto async_stream(engine& on, batch_source batches, stream_options options, sample_sink sink, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(boost::system::error_code, summary)>(
        detail::start_stream<boost::asio::system_executor>{}, token, &on, std::move(batches), std::move(options),
        std::move(sink));
}
template <class Executor, class CompletionToken>
auto async_stream(engine_on<Executor>& on, batch_source batches, stream_options options, sample_sink sink,
                  CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(boost::system::error_code, summary)>(
        detail::start_stream<Executor>{on.get_executor()}, token, static_cast<engine*>(&on), std::move(batches),
        std::move(options), std::move(sink));
}

template <class CompletionToken>
auto sample_stream::async_next_block(CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(boost::system::error_code, std::optional<sample_block>)>(
        detail::start_next_block{}, token, from_);
}

template <class CompletionToken>
auto feed::async_submit(entry e, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(boost::system::error_code)>(detail::start_submit{}, token,
                                                                                         queue_, std::move(e));
}

}  // namespace aisle
