#pragma once

#include <aisle/http/task_frame.hpp>

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
/// of the type-erased one, and this module has neither strands nor locks.
using executor = boost::asio::io_context::executor_type;

/// A coroutine of this module. Parameters that must outlive the first suspension are taken by value.
template <class T>
using task = boost::asio::awaitable<T, executor>;

using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;
using timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

/// Awaits an operation and throws boost::system::system_error when it fails.
inline constexpr boost::asio::use_awaitable_t<executor> use_task{};

/// Awaits an operation and returns (error_code, values...): failures are ordinary values on the hot path. Deferred,
/// because use_awaitable would create a coroutine for each operation.
inline constexpr boost::asio::as_tuple_t<boost::asio::deferred_t> use_task_tuple{boost::asio::deferred};

}  // namespace aisle::http
