#pragma once

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <new>
#include <thread>

namespace aisle::detail {

/// boost::asio::post() that retries until memory is available, so that no handler is lost. f must be copyable.
template <class Executor, class Allocator, class F>
void post_surely(Executor const& on, Allocator const& memory, F const& f) noexcept {
    for (;;) try {
            boost::asio::post(on, boost::asio::bind_allocator(memory, f));
            return;
        } catch (std::bad_alloc const&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
}

}  // namespace aisle::detail
