#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/recycler.hpp>

#include <chrono>

namespace aisle::detail {

/// A condition variable for coroutines of one thread. Outlives the waiters.
class wake_list {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit wake_list(http::executor ex) : executor_(ex) {}
    wake_list(wake_list const&) = delete;
    wake_list& operator=(wake_list const&) = delete;

    /// Waits to be woken, at most until `until`; a cancellation of the coroutine also ends it. Check the condition
    /// before and after: a wake-up without waiters is lost.
    http::task<void> wait(time_point until);

    void wake_one();
    void wake_all();
    bool empty() const noexcept { return waiting_.empty(); }

private:
    http::executor executor_;
    recycled_vector<http::timer*> waiting_;
};

}  // namespace aisle::detail
