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

/// The samples that one read brought: one allocation, one reference count, one reference to their slab.
///
/// \code
///   block | record record record ... | run run ... | bytes of a detached sample
/// \endcode
class block {
public:
    block(block const&) = delete;
    block& operator=(block const&) = delete;

    /// With copies of the records and runs; the caller has the first share. whys: the errors that records name. Throws
    /// std::bad_alloc.
    static block* make(std::shared_ptr<answer const> by, std::uint64_t batch, slab_ref in,
                       std::span<sample_record const> records, std::span<std::span<std::byte> const> runs,
                       std::vector<std::shared_ptr<error const>> whys);
    /// One delivered sample, copied from another block. Throws std::bad_alloc.
    static block* copy_of(block const& from, sample_record const& record);

    void share(std::uint32_t shares = 1) noexcept { shares_.fetch_add(shares, std::memory_order_relaxed); }
    /// Destroys the block with its last share. Any thread.
    void drop() noexcept {
        if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
    }
    /// From now on the slab is the consumer's memory and no part of the engine's budget. Once, before the consumer gets
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

    /// Payloads up to this size are copied when one sample is kept by itself.
    std::size_t detach_below = 0;

private:
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
};

/// The door between blocks and the handles that consumers have.
struct block_access {
    static sample_block whole(block& in) noexcept {
        auto const records = in.records();
        return {&in, records.data(), static_cast<std::uint32_t>(records.size())};
    }
    /// From now on it is the consumer's memory. Once for each block; an empty one has none.
    static void hand_over(sample_block& b) noexcept {
        if (b.block_) b.block_->hand_over();
    }
    /// One sample with a share of its own; a copy where that is due (detach_below). Throws std::bad_alloc where it
    /// copies.
    static sample keep(block& in, sample_record& record);
    /// The first sample of the block, out of it. Precondition: not empty. Throws as keep(), and changes nothing then.
    static sample take_first(sample_block& from);
};

}  // namespace aisle::detail
