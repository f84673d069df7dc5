#pragma once

#include <aisle/recycler.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <coroutine>
#include <cstddef>
#include <utility>

namespace aisle::http {

template <class T>
using asio_task = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;
template <class T>
using asio_frame = boost::asio::detail::awaitable_frame<T, boost::asio::io_context::executor_type>;

/// The promise of a task: Asio's, with our own operator new. Asio reuses 16 frames per thread, but none over 1,020
/// bytes. The frames of a request are larger, and several requests are in flight.
template <class T>
struct task_frame : asio_frame<T> {
    static void* operator new(std::size_t bytes) { return recycler::take(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { recycler::give_back(frame, bytes); }

    using asio_frame<T>::await_transform;
    /// One task awaits another. Asio needs the handle of its own promise, which is at the same address.
    template <class U>
    auto await_transform(asio_task<U> awaited) {
        struct awaiter {
            asio_task<U> of;
            bool await_ready() const noexcept { return of.await_ready(); }
            void await_suspend(std::coroutine_handle<task_frame> h) {
                asio_frame<T>& frame = h.promise();
                of.await_suspend(std::coroutine_handle<asio_frame<T>>::from_promise(frame));
            }
            U await_resume() { return of.await_resume(); }
        };
        static_assert(alignof(task_frame) == alignof(asio_frame<T>) && sizeof(task_frame) == sizeof(asio_frame<T>));
        return awaiter{asio_frame<T>::await_transform(std::move(awaited))};
    }
};

}  // namespace aisle::http

/// More specialised than Asio's own, so it is chosen for every coroutine of a shard. Every file with such a coroutine
/// must include this header.
template <class T, class... Args>
struct std::coroutine_traits<boost::asio::awaitable<T, boost::asio::io_context::executor_type>, Args...> {
    using promise_type = aisle::http::task_frame<T>;
};
