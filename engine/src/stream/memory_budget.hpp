#pragma once

#include "scheduler.hpp"

#include <aisle/slab.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace aisle::detail {

/// The bytes an engine may hold or have asked for: what admission is decided by. Thread-safe.
///
/// What was asked for has to be read, as AIStore cuts a stream that rests for 30 s. So memory is capped by asking for
/// no more at a time than fits, and where samples turn out larger than expected, by breaking an answer off and asking
/// for its rest later.
class memory_budget {
public:
    explicit memory_budget(slab_pool& slabs) noexcept : slabs_(slabs) {}

    /// Bytes one request may be made for where there is no room: small against the budget, so that one request more
    /// than fits does no harm.
    std::size_t part_bytes() const noexcept {
        return std::clamp(slabs_.budget_bytes() / 4, slab_pool::min_slab_bytes, std::size_t{32} << 20);
    }
    /// Most bytes one request is made for, with so much room for it: a batch that is larger is asked for in parts.
    /// Large parts are faster, as each has its way to the first byte and AIStore's rest before its end.
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
    /// More is held than should be, by more than one request explains.
    bool is_overrun() const noexcept { return slabs_.in_use_bytes() > slabs_.budget_bytes() + part_bytes(); }

    void reserve(std::size_t bytes) noexcept { reserved_.fetch_add(bytes, std::memory_order_relaxed); }
    void release(std::size_t bytes) noexcept { reserved_.fetch_sub(bytes, std::memory_order_relaxed); }

private:
    slab_pool& slabs_;
    std::atomic<std::size_t> reserved_{0};
};

/// What one answer holds besides slabs, windows of decompressors, or is about to fill of them: a part of the bytes in
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
