#pragma once

#include "../block/block_list.hpp"

#include <aisle/options.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace aisle::detail {

/// Puts the blocks of many batches into the consumer's order. A plain struct without a lock: stream_job guards it.
///
/// \code
///   batch      head   head+1   head+2
///   slots_     [    ] [b b b ] [b     ]     early blocks wait in their slot
///   ready_     b b b b                      ready for the consumer; the head's blocks are added here directly
/// \endcode
class delivery {
public:
    explicit delivery(batch_order order) : order_(order) {}

    /// Adds a slot for the next batch; batches are numbered 0, 1, 2 ... in the order of these calls.
    void open() { slots_.emplace_back(); }

    /// More blocks of a batch, in request order. Leaves the list empty.
    void push(std::uint64_t batch, block_list& blocks) noexcept;

    /// All samples of this batch have been pushed.
    void answered(std::uint64_t batch);

    /// Number of the first batch with samples that are not ready yet.
    std::uint64_t head() const noexcept { return head_; }
    bool has_ready() const noexcept { return !ready_.empty(); }
    std::uint64_t ready_samples() const noexcept { return ready_.samples(); }
    /// All ready blocks.
    block_list take() noexcept;

    /// Total samples taken.
    std::uint64_t taken() const noexcept { return taken_; }

    /// Number of open batches whose samples are not all taken.
    std::size_t held_batches() const noexcept { return slots_.size() - released_slots_ + ends_.size(); }

private:
    struct slot {
        block_list early;
        bool answered = false;
    };

    bool goes_straight(std::uint64_t batch) const noexcept {
        return order_ == batch_order::submitted && batch == head_;
    }
    void release(block_list& blocks) noexcept;
    void advance();
    void took(std::uint64_t samples) noexcept;

    batch_order order_;
    std::uint64_t head_ = 0;  // number of the batch in slots_[0]
    std::deque<slot> slots_;
    std::size_t released_slots_ = 0;  // slots whose samples were all released (order completed)
    block_list ready_;
    std::uint64_t released_ = 0;      // total samples moved to ready_
    std::uint64_t taken_ = 0;         // total samples taken
    std::deque<std::uint64_t> ends_;  // released_ at the end of each batch that is not fully taken
};

}  // namespace aisle::detail
