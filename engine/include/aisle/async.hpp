#pragma once

#include <aisle/engine.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace aisle {
namespace detail {

template <class Handler>
struct stream_completion {
    Handler handler;
    decltype(boost::asio::make_work_guard(std::declval<Handler const&>(), boost::asio::system_executor())) work;

    explicit stream_completion(Handler h)
        : handler(std::move(h)), work(boost::asio::make_work_guard(handler, boost::asio::system_executor())) {}
};

/// Lets a cancellation slot be connected before the stream it cancels is started, as starting may already complete it.
class stream_stop {
public:
    void operator()() {
        std::lock_guard lock(mutex_);
        asked_ = true;
        if (cancel_) cancel_();
    }
    void connect(std::function<void()> cancel) {
        std::lock_guard lock(mutex_);
        cancel_ = std::move(cancel);
        if (asked_) cancel_();
    }

private:
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
                // Held until post() has returned: the handler may end the context it runs on, and with it what
                // this thread is still posting to.
                auto const work = std::move(shared->work);
                auto const executor = work.get_executor();
                boost::asio::post(
                    executor, [deliver = std::move(shared->handler), outcome = std::move(outcome)]() mutable {
                        if (auto slot = boost::asio::get_associated_cancellation_slot(deliver); slot.is_connected())
                            slot.clear();
                        if (outcome) {
                            std::move(deliver)(boost::system::error_code(), std::move(*outcome));
                        } else {
                            summary nothing;
                            nothing.fault = outcome.error();
                            std::move(deliver)(outcome.error().code, std::move(nothing));
                        }
                    });
            }));
    }
};

}  // namespace detail

/// engine::start with any Asio completion token; the signature is void(error_code, summary).
///
/// The handler is posted to its associated executor (the system executor without one), exactly once, behind the last
/// sample. An error_code says that the stream as a whole did not run to its end (errc::cancelled, a throwing source or
/// sink) and summary::fault tells more; faults of single batches are in summary::fault under success. Any type of
/// cancellation through the handler's slot cancels the stream. sink runs on an engine thread, not on the handler's.
template <class CompletionToken>
auto async_stream(engine& on, batch_source batches, stream_options options, sample_sink sink, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(boost::system::error_code, summary)>(
        detail::start_stream{}, token, &on, std::move(batches), std::move(options), std::move(sink));
}

}  // namespace aisle
