#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace aisle {

class slab_pool;
namespace detail {
class slab_store;
}

/// A recycled block of memory that socket bytes land in and samples are views of.
///
/// Counted intrusively: one count for each slab_ref. When the last one goes, on any thread, the block returns to
/// the pool it came from, even if the slab_pool object itself is gone by then.
class slab {
public:
    /// Readable bytes past capacity(), for parsers that read ahead in words (simdjson asks for 64).
    static constexpr std::size_t tail_bytes = 64;

    std::byte* data() noexcept { return data_; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// True when the caller's slab_ref is the only one, so that no sample looks at the bytes.
    bool unique() const noexcept { return refs_.load(std::memory_order_acquire) == 1; }

private:
    friend class slab_ref;
    friend class detail::slab_store;
    slab(std::byte* data, std::size_t capacity, unsigned size_class, detail::slab_store* home) noexcept
        : data_(data), capacity_(capacity), size_class_(size_class), home_(home) {}

    void release() noexcept;

    std::atomic<std::uint32_t> refs_{0};
    std::byte* data_;
    std::size_t capacity_;
    unsigned size_class_;
    detail::slab_store* home_;
};

/// A counted reference to a slab. Copies cost one atomic increment; thread-safe as shared_ptr is.
class slab_ref {
public:
    slab_ref() = default;
    slab_ref(slab_ref const& other) noexcept : slab_(other.slab_) { retain(); }
    slab_ref(slab_ref&& other) noexcept : slab_(std::exchange(other.slab_, nullptr)) {}
    slab_ref& operator=(slab_ref other) noexcept {
        std::swap(slab_, other.slab_);
        return *this;
    }
    ~slab_ref() {
        if (slab_ && slab_->refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) slab_->release();
    }

    slab* operator->() const noexcept { return slab_; }
    slab& operator*() const noexcept { return *slab_; }
    slab* get() const noexcept { return slab_; }
    explicit operator bool() const noexcept { return slab_ != nullptr; }

private:
    friend class slab_pool;
    explicit slab_ref(slab* s) noexcept : slab_(s) { retain(); }
    void retain() const noexcept {
        if (slab_) slab_->refs_.fetch_add(1, std::memory_order_relaxed);
    }

    slab* slab_ = nullptr;
};

/// Hands out slabs in power-of-two size classes and takes them back for reuse: a fresh block costs page faults, which
/// are dearer than the parse (limits.md, section 1).
///
/// The budget does not refuse an acquire: what was asked of a server must be read. It is what admission (the engine's
/// scheduler) compares in_use_bytes() with before it asks for more, and how much the pool keeps for reuse.
/// Thread-safe.
class slab_pool {
public:
    /// Smallest slab handed out, in bytes.
    static constexpr std::size_t min_slab_bytes = 256 * 1024;

    /// budget_bytes: what the slabs in use and those kept for reuse should stay under together.
    explicit slab_pool(std::size_t budget_bytes);
    ~slab_pool();
    slab_pool(slab_pool const&) = delete;
    slab_pool& operator=(slab_pool const&) = delete;

    /// A slab of at least this capacity, with undefined content. Throws std::bad_alloc.
    slab_ref acquire(std::size_t min_capacity_bytes);

    std::size_t budget_bytes() const noexcept;
    /// Capacity of all slabs somebody holds a reference to.
    std::size_t in_use_bytes() const noexcept;
    /// Capacity of the slabs kept for reuse.
    std::size_t idle_bytes() const noexcept;

private:
    detail::slab_store* store_;
};

}  // namespace aisle
