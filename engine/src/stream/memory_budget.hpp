#pragma once

#include "scheduler.hpp"

#include <aisle/slab.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace aisle::detail {

/// The bytes that an engine may hold or have requested; admission depends on it. Thread-safe.
///
/// Requested bytes have to be read, because AIStore closes a stream that stalls for 30 s. So memory is limited by
/// requesting no more at a time than fits; if samples are larger than expected, a response is aborted and its rest
/// requested later.
class memory_budget {
public:
    explicit memory_budget(slab_pool& slabs) noexcept : slabs_(slabs) {}

    /// Maximum bytes of one request if there is no free memory: small compared with the budget, so that one such
    /// request does no harm.
    std::size_t part_bytes() const noexcept {
        return std::clamp(slabs_.budget_bytes() / 4, slab_pool::min_slab_bytes, std::size_t{32} << 20);
    }
    /// Maximum bytes of one request with this much free memory: a larger batch is requested in parts. Large parts are
    /// faster, because each has its time to the first byte and AIStore's delay before its end.
    std::size_t part_bytes(std::size_t room) const noexcept {
        return std::max(part_bytes(), std::min(room, std::size_t{128} << 20));
    }
    std::size_t budget_bytes() const noexcept { return slabs_.budget_bytes(); }
    memory_view view() const noexcept {
        return {slabs_.budget_bytes(), slabs_.in_use_bytes(), reserved_.load(std::memory_order_relaxed)};
    }
    bool has_room_for(std::size_t bytes) const noexcept {
        auto const now = view();
        return now.in_use_bytes + now.reserved_bytes + bytes <= now.budget_bytes;
    }
    /// True if the budget is exceeded by more than one request explains.
    bool is_overrun() const noexcept { return slabs_.in_use_bytes() > slabs_.budget_bytes() + part_bytes(); }

    void reserve(std::size_t bytes) noexcept { reserved_.fetch_add(bytes, std::memory_order_relaxed); }
    void release(std::size_t bytes) noexcept { reserved_.fetch_sub(bytes, std::memory_order_relaxed); }

private:
    slab_pool& slabs_;
    std::atomic<std::size_t> reserved_{0};
};

/// Memory of one response besides filled slabs: decompression windows, and slabs about to be filled. Counts as bytes in
/// use. One thread.
class other_memory {
public:
    explicit other_memory(slab_pool& slabs) noexcept : slabs_(slabs) {}
    other_memory(other_memory const&) = delete;
    other_memory& operator=(other_memory const&) = delete;
    ~other_memory() { is_now(0); }

    void is_now(std::size_t bytes) noexcept {
        if (bytes == bytes_) return;
        if (bytes > bytes_)
            slabs_.add_in_use(bytes - bytes_);
        else
            slabs_.drop_in_use(bytes_ - bytes);
        bytes_ = bytes;
    }

private:
    slab_pool& slabs_;
    std::size_t bytes_ = 0;
};

}  // namespace aisle::detail
