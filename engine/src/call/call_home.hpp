#pragma once

#include "operation.hpp"

#include <functional>
#include <memory>
#include <unistd.h>

namespace aisle::detail {

class engine_impl;

/// Starts calls that are not streams (object operations, listings, cluster statistics) on an engine, from any thread.
/// Does not keep the engine alive. Thread-safe.
class call_home {
public:
    explicit call_home(std::weak_ptr<engine_impl> by) noexcept;

    /// True in a forked child of the process that created this.
    bool is_foreign() const noexcept { return process_ != ::getpid(); }
    /// Starts an operation, or fails it at once if the engine was destroyed. Returns a function that cancels it. Throws
    /// std::bad_alloc and std::system_error if it cannot be started.
    std::function<void()> begin(std::shared_ptr<operation> what) const;
    /// An error in a forked child.
    result<void> of_this_process() const;
    /// An error if the calling thread must not wait for an operation: a forked child, or a thread of the engine.
    result<void> may_wait() const;

private:
    std::weak_ptr<engine_impl> const by_;
    ::pid_t const process_ = ::getpid();
};

/// Starts an operation with a result of type T.
template <class T>
std::function<void()> begin(call_home const& home, typename operation_to<T>::work what, completion<T> done) {
    return home.begin(std::make_shared<operation_to<T>>(std::move(what), std::move(done)));
}

}  // namespace aisle::detail
