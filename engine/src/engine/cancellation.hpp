#pragma once

#include <aisle/error.hpp>

#include <boost/asio/cancellation_state.hpp>

namespace aisle::detail {

/// True once the coroutine was cancelled. An operation that completes just before the signal does not report it. state:
/// `co_await boost::asio::this_coro::cancellation_state`, which creates no coroutine.
bool is_cancelled(boost::asio::cancellation_state const& state) noexcept;

/// The error of a batch that is cancelled.
error cancelled();

}  // namespace aisle::detail
