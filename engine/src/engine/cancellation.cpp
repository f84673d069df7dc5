#include "cancellation.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

namespace aisle::detail {

http::task<bool> is_cancelled() {
    auto const state = co_await boost::asio::this_coro::cancellation_state;
    co_return state.cancelled() != boost::asio::cancellation_type::none;
}

error cancelled() {
    return {errc::cancelled, stage::request, "the batch was cancelled"};
}

}  // namespace aisle::detail
