#pragma once

#include <aisle/engine.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <utility>

namespace aisle {
namespace detail {

template <class Handler>
struct stream_completion {
    std::optional<Handler> handler;
    decltype(boost::asio::make_work_guard(std::declval<Handler const&>(), boost::asio::system_executor())) work;
    boost::system::error_code code;
    summary outcome;

    explicit stream_completion(Handler h)
        : handler(std::move(h)), work(boost::asio::make_work_guard(*handler, boost::asio::system_executor())) {}

    void complete() {
        auto deliver = std::move(*handler);
        handler.reset();  // here, and not by whoever lets go last
        if (auto slot = boost::asio::get_associated_cancellation_slot(deliver); slot.is_connected()) slot.clear();
        std::move(deliver)(code, std::move(outcome));
    }
};

/// Lets a cancellation slot be connected before the stream it cancels is started, as starting may already complete it.
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
    // Without the lock: it may complete the stream.
    void call(std::unique_lock<std::mutex>& lock) {
        auto const cancel = cancel_;
        lock.unlock();
        if (cancel) cancel();
    }

    std::mutex mutex_;
    std::function<void()> cancel_;
    bool asked_ = false;
};

struct start_stream {
    template <class Handler>
    void operator()(Handler handler, engine* on, batch_source batches, stream_options options, sample_sink sink) const {
        auto const stop = std::make_shared<stream_stop>();
        if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.assign([stop](boost::asio::cancellation_type) { (*stop)(); });
        // std::function wants a copyable target, handlers need not be copyable.
        auto shared = std::make_shared<stream_completion<Handler>>(std::move(handler));
        stop->connect(
            on->start(std::move(batches), std::move(options), std::move(sink), [shared](result<summary> outcome) {
                if (outcome) {
                    shared->outcome = std::move(*outcome);
                } else {
                    shared->code = outcome.error().code;
                    shared->outcome.fault = std::move(outcome).error();
                }
                // Held until post() has returned: the handler may end the context it runs on, and with it what
                // this thread is still posting to.
                auto const work = std::move(shared->work);
                for (;;) try {
                        boost::asio::post(work.get_executor(), [shared] { shared->complete(); });
                        return;
                    } catch (std::bad_alloc const&) {  // a handler is not lost for that: there will be memory again
                        std::this_thread::sleep_for(std::chrono::milliseconds(1));
                    }
            }));
    }
};

}  // namespace detail

/// engine::start with any Asio completion token; the signature is void(error_code, summary).
///
/// The handler is posted to its associated executor (the system executor without one), exactly once, after the last
/// sample, when the engine has destroyed batches, sink and options.on_batch_end. An error_code says that the stream as
/// a whole did not run to its end, and summary::fault tells more: errc::cancelled, errc::deadline_exceeded,
/// errc::callback_failed with what was thrown in summary::fault->thrown, std::errc::not_enough_memory. Faults of single
/// batches are in summary::fault under success. Any type of cancellation through the handler's slot cancels the stream.
/// sink runs on an engine thread, not on the handler's.
///
/// Throws as engine::start does; the handler is then destroyed and not called.
template <class CompletionToken>
auto async_stream(engine& on, batch_source batches, stream_options options, sample_sink sink, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(boost::system::error_code, summary)>(
        detail::start_stream{}, token, &on, std::move(batches), std::move(options), std::move(sink));
}

}  // namespace aisle
