#pragma once

#include "../answer/answer.hpp"

#include <aisle/sample.hpp>
#include <aisle/sample_block.hpp>
#include <aisle/slab.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace aisle::detail {

/// The samples of one read: one reference count, one reference to their slab, and one allocation, in the slab's arena
/// if there is a slab.
///
/// \code
///   block | record record record ... | run run ... | bytes of a detached sample
/// \endcode
class block {
public:
    block(block const&) = delete;
    block& operator=(block const&) = delete;

    /// Copies the records and runs; the caller owns the first share. whys: the errors named by records. Only on the
    /// thread that receives into the slab. Throws std::bad_alloc.
    static block* make(std::shared_ptr<answer const> by, std::uint64_t batch, slab_ref in,
                       std::span<sample_record const> records, std::span<std::span<std::byte> const> runs,
                       std::vector<std::shared_ptr<error const>> whys);
    /// One delivered sample, copied from another block. Throws std::bad_alloc.
    static block* copy_of(block const& from, sample_record const& record);

    void share(std::uint32_t shares = 1) noexcept { shares_.fetch_add(shares, std::memory_order_relaxed); }
    /// Releases a share; the last one destroys the block. Any thread.
    void drop() noexcept {
        // The only share needs no locked instruction: no other thread can add one.
        bool const is_last =
            shares_.load(std::memory_order_acquire) == 1 || shares_.fetch_sub(1, std::memory_order_acq_rel) == 1;
        if (is_last) destroy();
    }
    /// From now on the slab belongs to the consumer and not to the engine's budget. Call once, before the consumer gets
    /// the block.
    void hand_over() noexcept {
        if (slab_) slab_.hand_over();
    }

    answer const& by() const noexcept { return *by_; }
    std::uint64_t batch() const noexcept { return batch_; }
    bool holds_slab() const noexcept { return static_cast<bool>(slab_); }
    error const& why(sample_record const& r) const noexcept { return *whys_[r.first]; }
    std::span<sample_record> records() noexcept { return {records_, count_}; }
    std::span<std::span<std::byte>> runs(sample_record const& r) noexcept { return {runs_ + r.first, r.runs}; }

    /// Payloads up to this size are copied when a sample is kept.
    std::size_t detach_below = 0;

private:
    friend class block_list;

    block(std::shared_ptr<answer const> by, std::uint64_t batch, slab_ref in) noexcept
        : batch_(batch), by_(std::move(by)), slab_(std::move(in)) {}
    ~block() = default;
    void destroy() noexcept;

    std::atomic<std::uint32_t> shares_{1};
    std::uint32_t count_ = 0;
    std::uint64_t batch_;
    std::shared_ptr<answer const> by_;
    slab_ref slab_;
    std::vector<std::shared_ptr<error const>> whys_;
    sample_record* records_ = nullptr;
    std::span<std::byte>* runs_ = nullptr;
    block* next_ = nullptr;  // in a block_list
};

/// Access to blocks from the consumers' handles.
struct block_access {
    static sample_block whole(block& in) noexcept {
        auto const records = in.records();
        return {&in, records.data(), static_cast<std::uint32_t>(records.size())};
    }
    /// From now on it is the consumer's memory. Once per block; not for an empty one.
    static void hand_over(sample_block& b) noexcept {
        if (b.block_) b.block_->hand_over();
    }
    /// One sample with its own share; a copy if detach_below requires it. Throws std::bad_alloc if it copies.
    static sample keep(block& in, sample_record& record);
    /// Takes the first sample out of the block. Precondition: not empty. Throws as keep(); the block is then unchanged.
    static sample take_first(sample_block& from);
};

}  // namespace aisle::detail
