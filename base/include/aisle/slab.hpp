#pragma once

#include <aisle/arena.hpp>
#include <aisle/export.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <utility>

namespace aisle {

class slab_pool;
namespace detail {
class slab_store;
}

/// A recycled block of memory. Socket reads fill it, and samples are views of it.
///
/// Intrusively counted, with two counts: references of the receiver (the engine, which fills the slab) and references
/// handed over to the consumer (which keeps samples). A slab that only the consumer references is the consumer's memory
/// and no longer part of slab_pool::in_use_bytes(). When the last reference is dropped, on any thread, the slab returns
/// to its pool's memory, even if the slab_pool object is already destroyed.
class slab {
public:
    /// Readable bytes after capacity(), for parsers that read whole words (simdjson requires 64).
    static constexpr std::size_t tail_bytes = 64;

    std::byte* data() noexcept { return data_; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Memory for what is noted of its bytes, such as where its samples are. Valid as long as the caller has a
    /// reference; empty when the slab comes from the pool. Only for the thread that receives into the slab, which may
    /// reset it while the slab is unique().
    arena& notes() noexcept { return notes_; }

    /// True if the caller's slab_ref is the only reference, so that no sample views the bytes.
    bool unique() const noexcept { return refs_.load(std::memory_order_acquire) == (one_kept | one_received); }

private:
    friend class slab_ref;
    friend class detail::slab_store;
    slab(std::byte* data, std::size_t capacity, unsigned size_class, detail::slab_store* home) noexcept
        : data_(data), capacity_(capacity), size_class_(size_class), home_(home) {}

    static constexpr std::uint64_t one_received = 1;
    static constexpr std::uint64_t one_kept = std::uint64_t{1} << 32;
    static constexpr std::uint64_t received(std::uint64_t refs) noexcept { return refs & (one_kept - 1); }
    static constexpr std::uint64_t kept(std::uint64_t refs) noexcept { return refs >> 32; }

    AISLE_API void last_received() noexcept;
    AISLE_API void last_kept() noexcept;

    // Low half: the receiver's references. High half: the consumer's, plus one for all of the receiver's.
    std::atomic<std::uint64_t> refs_{0};
    std::byte* data_;
    std::size_t capacity_;
    unsigned size_class_;
    detail::slab_store* home_;
    slab* next_idle_ = nullptr;
    arena notes_;
};

/// A counted reference to a slab. A copy costs one atomic increment. As thread-safe as std::shared_ptr.
class slab_ref {
public:
    slab_ref() = default;
    slab_ref(slab_ref const& other) noexcept : slab_(other.slab_), kept_(other.kept_) {
        if (slab_) slab_->refs_.fetch_add(unit(), std::memory_order_relaxed);
    }
    slab_ref(slab_ref&& other) noexcept : slab_(std::exchange(other.slab_, nullptr)), kept_(other.kept_) {}
    slab_ref& operator=(slab_ref other) noexcept {
        std::swap(slab_, other.slab_);
        std::swap(kept_, other.kept_);
        return *this;
    }
    ~slab_ref() {
        if (!slab_) return;
        auto const before = slab_->refs_.fetch_sub(unit(), std::memory_order_acq_rel);
        if (kept_) {
            if (slab::kept(before) == 1) slab_->last_kept();
        } else if (slab::received(before) == 1) {
            slab_->last_received();
        }
    }

    slab* operator->() const noexcept { return slab_; }
    slab& operator*() const noexcept { return *slab_; }
    slab* get() const noexcept { return slab_; }
    explicit operator bool() const noexcept { return slab_ != nullptr; }

    /// Hands this reference over to the consumer: it, and copies of it, then count as the consumer's. Precondition: not
    /// null, and not handed over before.
    void hand_over() noexcept {
        kept_ = true;
        auto const before = slab_->refs_.fetch_add(slab::one_kept - slab::one_received, std::memory_order_acq_rel);
        if (slab::received(before) == 1) slab_->last_received();
    }

private:
    friend class slab_pool;
    explicit slab_ref(slab* fresh) noexcept : slab_(fresh) {
        slab_->refs_.store(slab::one_kept | slab::one_received, std::memory_order_relaxed);
    }
    std::uint64_t unit() const noexcept { return kept_ ? slab::one_kept : slab::one_received; }

    slab* slab_ = nullptr;
    bool kept_ = false;
};

/// Allocates slabs in power-of-two size classes and reuses them: the page faults of fresh memory cost more than
/// parsing.
///
/// acquire() never fails for lack of budget, because requested data must be read. The engine's scheduler compares
/// in_use_bytes() with the budget before it sends more requests. Idle slabs are freed, the largest first, before a new
/// slab would exceed the budget. A slab that is returned while the budget is used up is freed too, except for a quarter
/// of the budget (at most 32 MiB), which is kept for the next acquire().
///
/// Thread-safe. A forked child may drop slabs of the parent's pools and destroy the pools, whatever the parent's
/// threads were doing during the fork; it must not acquire from them.
class slab_pool {
public:
    /// Smallest slab handed out, in bytes.
    static constexpr std::size_t min_slab_bytes = 256 * 1024;

    /// budget_bytes: limit for the slabs in use and the idle ones together. memory: allocates the slabs; null: the
    /// system. It is used by any thread, until the last slab is freed, for blocks of a power of two plus tail_bytes,
    /// aligned to 4096.
    explicit slab_pool(std::size_t budget_bytes, std::shared_ptr<std::pmr::memory_resource> memory = nullptr);
    ~slab_pool();
    slab_pool(slab_pool const&) = delete;
    slab_pool& operator=(slab_pool const&) = delete;

    /// A slab of at least this capacity, with undefined content. Throws std::bad_alloc.
    slab_ref acquire(std::size_t min_capacity_bytes);

    /// Enlarges a slab and keeps its content, without a copy if the system can remap it; its address changes. Costs
    /// page faults for the added memory: up to cheap_copy_bytes, a copy into a slab from acquire() is cheaper. Throws
    /// std::bad_alloc; the slab is then unchanged. Precondition: of.unique().
    void enlarge(slab_ref const& of, std::size_t min_capacity_bytes);
    static constexpr std::size_t cheap_copy_bytes = std::size_t{4} << 20;

    /// Counts memory outside of slabs, such as a decompressor's window, as in use; frees idle slabs if necessary.
    void add_in_use(std::size_t bytes) noexcept;
    /// Reverts add_in_use().
    void drop_in_use(std::size_t bytes) noexcept;

    std::size_t budget_bytes() const noexcept;
    /// Capacity of the slabs that the receiver references, plus the memory of add_in_use().
    std::size_t in_use_bytes() const noexcept;
    /// Capacity of the slabs that only the consumer references. Not part of the budget.
    std::size_t kept_bytes() const noexcept;
    /// Capacity of the idle slabs, kept for reuse.
    std::size_t idle_bytes() const noexcept;

private:
    detail::slab_store* store_;
};

}  // namespace aisle
