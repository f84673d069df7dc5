#pragma once

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

/// A recycled block of memory that socket bytes land in and samples are views of.
///
/// Counted intrusively, in two halves: references of the receiver (the engine, which writes socket bytes) and
/// references handed over to the consumer (who keeps samples). A slab that only the consumer references is the
/// consumer's memory: it does not count in slab_pool::in_use_bytes() any more. When the last reference goes, on any
/// thread, the block returns to the pool it came from, even if the slab_pool object itself is gone by then.
class slab {
public:
    /// Readable bytes past capacity(), for parsers that read ahead in words (simdjson asks for 64).
    static constexpr std::size_t tail_bytes = 64;

    std::byte* data() noexcept { return data_; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// True when the caller's slab_ref is the only one, so that no sample looks at the bytes.
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

    void last_received() noexcept;
    void last_kept() noexcept;

    // Low half: references that receive. High half: references handed over, and one for all those that receive.
    std::atomic<std::uint64_t> refs_{0};
    std::byte* data_;
    std::size_t capacity_;
    unsigned size_class_;
    detail::slab_store* home_;
    slab* next_idle_ = nullptr;
};

/// A counted reference to a slab. Copies cost one atomic increment; thread-safe as shared_ptr is.
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

    /// Hands this reference over to a consumer: from then on it, and copies of it, do not hold the slab for its
    /// receiver. Precondition: not null, and not handed over before.
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

/// Hands out slabs in power-of-two size classes and takes them back for reuse: a fresh block costs page faults, which
/// are dearer than the parse (limits.md, section 1).
///
/// The budget does not refuse an acquire: what was asked of a server must be read. It is what admission (the engine's
/// scheduler) compares in_use_bytes() with before it asks for more. Idle slabs give way to it: they are freed, the
/// largest first, before a new slab goes beyond it, and so is a slab that returns while the budget is used up, but for
/// a quarter of it (32 MiB at most), which the next acquire() finds.
///
/// Thread-safe. In a forked child slabs of the parent's pools may be dropped, whatever the parent's threads were at
/// when it forked, and the pools destroyed; they are not asked for more.
class slab_pool {
public:
    /// Smallest slab handed out, in bytes.
    static constexpr std::size_t min_slab_bytes = 256 * 1024;

    /// budget_bytes: what the slabs in use and those kept for reuse should stay under together. memory: where slabs
    /// come from, null for the system; it is used until the last slab is gone, by any thread, and slabs of a power of
    /// two and tail_bytes are asked of it, aligned to 4096.
    explicit slab_pool(std::size_t budget_bytes, std::shared_ptr<std::pmr::memory_resource> memory = nullptr);
    ~slab_pool();
    slab_pool(slab_pool const&) = delete;
    slab_pool& operator=(slab_pool const&) = delete;

    /// A slab of at least this capacity, with undefined content. Throws std::bad_alloc.
    slab_ref acquire(std::size_t min_capacity_bytes);

    /// Makes a slab larger. What is in it stays in it and is not copied, where the system can do that; its address
    /// changes. Costs page faults for what is added: up to cheap_copy_bytes, a copy to a slab from acquire() is better.
    /// Throws std::bad_alloc, and leaves it as it was then. Precondition: of.unique().
    void enlarge(slab_ref const& of, std::size_t min_capacity_bytes);
    static constexpr std::size_t cheap_copy_bytes = std::size_t{4} << 20;

    /// Counts memory that is no slab's as in use, such as a decompressor's window; idle slabs give way to it.
    void add_in_use(std::size_t bytes) noexcept;
    /// Ends what add_in_use() began.
    void drop_in_use(std::size_t bytes) noexcept;

    std::size_t budget_bytes() const noexcept;
    /// Capacity of the slabs that are received into, or hold what no consumer has taken yet, and what was added to it.
    std::size_t in_use_bytes() const noexcept;
    /// Capacity of the slabs that only references handed over hold: the consumer's memory, no part of the budget.
    std::size_t kept_bytes() const noexcept;
    /// Capacity of the slabs kept for reuse.
    std::size_t idle_bytes() const noexcept;

private:
    detail::slab_store* store_;
};

}  // namespace aisle
