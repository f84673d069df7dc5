#pragma once

#include <aisle/http/asio.hpp>

#include <chrono>
#include <vector>

namespace aisle::detail {

/// Where coroutines of one thread wait for what another of them does. Outlives those who wait.
class wake_list {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit wake_list(http::executor ex) : executor_(ex) {}
    wake_list(wake_list const&) = delete;
    wake_list& operator=(wake_list const&) = delete;

    /// Waits to be woken, until `until` at the latest; a cancellation of the coroutine ends it too. Look at what was
    /// waited for before and after: nothing is remembered for those who do not wait yet.
    http::task<void> wait(time_point until);

    void wake_one();
    void wake_all();
    bool empty() const noexcept { return waiting_.empty(); }

private:
    http::executor executor_;
    std::vector<http::timer*> waiting_;
};

}  // namespace aisle::detail
