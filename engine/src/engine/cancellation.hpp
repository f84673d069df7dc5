#pragma once

#include <aisle/error.hpp>
#include <aisle/http/asio.hpp>

namespace aisle::detail {

/// True once the calling coroutine was told to stop. An operation that completed as the signal came knows nothing of
/// it.
http::task<bool> is_cancelled();

/// What becomes of a batch then.
error cancelled();

}  // namespace aisle::detail
