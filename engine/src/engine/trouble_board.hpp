#pragma once

#include <aisle/error.hpp>

#include <atomic>
#include <mutex>
#include <optional>

namespace aisle::detail {

/// The newest fault that the engine is recovering from, for observers. Empty again once samples arrive. Thread-safe.
class trouble_board {
public:
    void note(error const& why) {
        std::lock_guard const lock(mutex_);
        why_ = why;
        has_.store(true, std::memory_order_relaxed);
    }
    /// Samples have arrived. Cheap if there is no fault.
    void clear() noexcept {
        if (!has_.load(std::memory_order_relaxed)) return;
        std::lock_guard const lock(mutex_);
        why_.reset();
        has_.store(false, std::memory_order_relaxed);
    }
    std::optional<error> get() const {
        std::lock_guard const lock(mutex_);
        return why_;
    }

private:
    mutable std::mutex mutex_;
    std::optional<error> why_;
    std::atomic<bool> has_{false};
};

}  // namespace aisle::detail
