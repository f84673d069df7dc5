#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace aisle::http {

/// Everything of one client runs on one thread of one io_context (a "shard"), so the concrete executor is used instead
/// of the type-erased one, and there is no strand and no lock anywhere in this room.
using executor = boost::asio::io_context::executor_type;

/// A coroutine of this room. Its parameters are taken by value wherever they must outlive the first suspension.
template <class T>
using task = boost::asio::awaitable<T, executor>;

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;
using timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

/// Awaits an operation and throws boost::system::system_error when it fails.
inline constexpr boost::asio::use_awaitable_t<executor> use_task{};

/// Awaits an operation and returns (error_code, values...): failures are ordinary values on the hot path. Deferred, so
/// that the operation is awaited as it is: use_awaitable would make a coroutine of its own for each.
inline constexpr boost::asio::as_tuple_t<boost::asio::deferred_t> use_task_tuple{boost::asio::deferred};

}  // namespace aisle::http
