#pragma once

#include "call_home.hpp"

#include <aisle/result.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace aisle::detail {

/// Starts a call with start(done), which returns a function that cancels it, and waits for the result.
template <class T, class Start>
result<T> wait_for(call_home const& home, std::stop_token stop, Start start) {
    struct answer {
        std::mutex mutex;
        std::condition_variable here;
        std::optional<result<T>> what;
    };
    if (auto ok = home.may_wait(); !ok) return ok.error();
    auto const shared = std::make_shared<answer>();
    auto const cancel = start(completion<T>([shared](result<T> r) {
        std::lock_guard const lock(shared->mutex);
        shared->what.emplace(std::move(r));
        shared->here.notify_one();
    }));
    std::stop_callback const on_stop(std::move(stop), cancel);
    std::unique_lock lock(shared->mutex);
    shared->here.wait(lock, [&] { return shared->what.has_value(); });
    return std::move(*shared->what);
}

}  // namespace aisle::detail
