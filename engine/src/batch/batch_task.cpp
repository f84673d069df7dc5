#include "batch_task.hpp"

#include "batch_run.hpp"

#include <boost/asio/this_coro.hpp>

namespace aisle::detail {

http::task<void> fetch_batch(fetch_context context, batch_work work) {
    // Cancellation shows as an error of the operation under way, and the run ends by its usual road.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    batch_run run(context, std::move(work));
    auto running = run.run();
    co_await std::move(running);
}

}  // namespace aisle::detail
