#pragma once

#include <aisle/error.hpp>

#include <boost/asio/cancellation_state.hpp>

namespace aisle::detail {

/// True once the coroutine was told to stop. An operation that completed as the signal came knows nothing of it.
/// state: `co_await boost::asio::this_coro::cancellation_state`, which makes no coroutine of its own.
bool is_cancelled(boost::asio::cancellation_state const& state) noexcept;

/// What becomes of a batch then.
error cancelled();

}  // namespace aisle::detail
