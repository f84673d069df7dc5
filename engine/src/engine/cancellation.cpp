#include "cancellation.hpp"

namespace aisle::detail {

bool is_cancelled(boost::asio::cancellation_state const& state) noexcept {
    return state.cancelled() != boost::asio::cancellation_type::none;
}

error cancelled() {
    return {errc::cancelled, stage::request, "the batch was cancelled"};
}

}  // namespace aisle::detail
