#pragma once

#include <aisle/async.hpp>
#include <aisle/bucket.hpp>
#include <aisle/detail/bucket_start.hpp>

#include <boost/asio/async_result.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The calls of aisle::bucket and aisle::object_listing with any Asio completion token.
//
// The signature is void(aisle::result<T>), with T and the errors of the member function of the same name; with
// use_awaitable, co_await returns the result. The handler is posted exactly once, to its associated executor (default:
// the system executor). Any type of cancellation through its slot ends the call with errc::cancelled. Arguments are
// copied or moved; the bucket may be destroyed before the call is done. When the engine is destroyed, active calls end
// with errc::cancelled, and their handlers are posted before its destructor returns. Callable from any thread,
// including engine threads. Throws std::bad_alloc, and std::system_error if no thread can be started; the handler is
// then not called.
namespace aisle {
namespace detail {

template <class Handler, class T>
struct call_completion {
    held_handler<Handler> handler;
    std::optional<result<T>> outcome;

    explicit call_completion(Handler h) : handler(std::move(h)) {}
};

/// start: a function that begins the call with a done_call<T> and returns the function that cancels it.
template <class T>
struct start_call {
    template <class Handler, class Start>
    void operator()(Handler handler, Start start) const {
        auto const stop = std::make_shared<stream_stop>();
        auto shared = std::make_shared<call_completion<Handler, T>>(std::move(handler));
        shared->handler.on_cancellation([stop] { (*stop)(); });
        stop->connect(start([shared](result<T> outcome) {
            shared->outcome.emplace(std::move(outcome));
            shared->handler.post([shared] { shared->handler.complete(std::move(*shared->outcome)); });
        }));
    }
};

template <class T, class Start, class CompletionToken>
auto initiate_call(Start start, CompletionToken&& token) {
    return boost::asio::async_initiate<CompletionToken, void(result<T>)>(start_call<T>{}, token, std::move(start));
}

}  // namespace detail

/// bucket::head().
template <class CompletionToken>
auto async_head(bucket from, std::string object, operation_options options, CompletionToken&& token) {
    auto start = [from = std::move(from), object = std::move(object), options](detail::done_call<object_info> done) {
        return detail::bucket_access::head(from, object, options, std::move(done));
    };
    return detail::initiate_call<object_info>(std::move(start), std::forward<CompletionToken>(token));
}

/// bucket::exists().
template <class CompletionToken>
auto async_exists(bucket from, std::string object, operation_options options, CompletionToken&& token) {
    auto start = [from = std::move(from), object = std::move(object), options](detail::done_call<bool> done) {
        return detail::bucket_access::exists(from, object, options, std::move(done));
    };
    return detail::initiate_call<bool>(std::move(start), std::forward<CompletionToken>(token));
}

/// bucket::get().
template <class CompletionToken>
auto async_get(bucket from, std::string object, get_options options, CompletionToken&& token) {
    auto start = [from = std::move(from), object = std::move(object),
                  options = std::move(options)](detail::done_call<object_data> done) {
        return detail::bucket_access::get(from, object, options, std::move(done));
    };
    return detail::initiate_call<object_data>(std::move(start), std::forward<CompletionToken>(token));
}

/// bucket::put().
template <class CompletionToken>
auto async_put(bucket to, std::string object, std::string bytes, operation_options options, CompletionToken&& token) {
    auto start = [to = std::move(to), object = std::move(object), bytes = std::move(bytes),
                  options](detail::done_call<object_info> done) mutable {
        return detail::bucket_access::put(to, object, std::move(bytes), options, std::move(done));
    };
    return detail::initiate_call<object_info>(std::move(start), std::forward<CompletionToken>(token));
}

/// bucket::put_file(), without progress reports.
template <class CompletionToken>
auto async_put_file(bucket to, std::string object, std::filesystem::path file, operation_options options,
                    CompletionToken&& token) {
    auto start = [to = std::move(to), object = std::move(object), file = std::move(file),
                  options](detail::done_call<object_info> done) {
        return detail::bucket_access::put_file(to, object, file, options, {}, std::move(done));
    };
    return detail::initiate_call<object_info>(std::move(start), std::forward<CompletionToken>(token));
}

/// bucket::create().
template <class CompletionToken>
auto async_create(bucket what, operation_options options, CompletionToken&& token) {
    auto start = [what = std::move(what), options](detail::done_call<bool> done) {
        return detail::bucket_access::create(what, options, std::move(done));
    };
    return detail::initiate_call<bool>(std::move(start), std::forward<CompletionToken>(token));
}

/// bucket::destroy().
template <class CompletionToken>
auto async_destroy(bucket what, operation_options options, CompletionToken&& token) {
    auto start = [what = std::move(what), options](detail::done_call<bool> done) {
        return detail::bucket_access::destroy(what, options, std::move(done));
    };
    return detail::initiate_call<bool>(std::move(start), std::forward<CompletionToken>(token));
}

/// object_listing::next_page(). One call at a time; a second one fails with errc::invalid_argument. Destroying the
/// listing ends it with errc::cancelled. After a cancelled call, the next call returns that page.
template <class CompletionToken>
auto async_next_page(object_listing& from, CompletionToken&& token) {
    auto start = [&from](detail::done_call<std::vector<object_info>> done) {
        return detail::bucket_access::next_page(from, std::move(done));
    };
    return detail::initiate_call<std::vector<object_info>>(std::move(start), std::forward<CompletionToken>(token));
}

}  // namespace aisle
