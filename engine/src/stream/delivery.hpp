#pragma once

#include <aisle/options.hpp>
#include <aisle/sample_block.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace aisle::detail {

/// Puts the blocks of many batches into the consumer's order. A plain struct without lock: stream_job guards it.
///
/// \code
///   batch      head   head+1   head+2
///   slots_     [    ] [b b b ] [b     ]     what came early waits in its slot
///   ready_     b b b b                      what the consumer may take; the head's blocks go straight here
/// \endcode
class delivery {
public:
    explicit delivery(batch_order order) : order_(order) {}

    /// Makes room for the next batch; batches are numbered 0, 1, 2 ... in the order of these calls.
    void open() { slots_.emplace_back(); }

    /// More blocks of a batch, in request order. Moves them out and leaves the vector empty.
    void push(std::uint64_t batch, std::vector<sample_block>& blocks);

    /// All samples of this batch have been pushed.
    void answered(std::uint64_t batch);

    /// Number of the first batch whose samples are not all handed out.
    std::uint64_t head() const noexcept { return head_; }
    bool has_ready() const noexcept { return !ready_.empty(); }
    /// Everything the consumer may have now; into is emptied first, its memory is reused. Says how many samples.
    std::size_t take(std::vector<sample_block>& into);
    /// The first of it; nothing if there is none.
    std::optional<sample_block> take_one();

    /// Samples ever handed out.
    std::uint64_t taken() const noexcept { return taken_; }

    /// Batches opened whose samples are not all taken.
    std::size_t held_batches() const noexcept { return slots_.size() - released_slots_ + ends_.size(); }

private:
    struct slot {
        std::vector<sample_block> early;
        bool answered = false;
    };

    bool goes_straight(std::uint64_t batch) const noexcept {
        return order_ == batch_order::submitted && batch == head_;
    }
    void release(std::vector<sample_block>& blocks);
    void advance();
    void took(std::uint64_t samples) noexcept;

    batch_order order_;
    std::uint64_t head_ = 0;  // number of the batch slots_[0] belongs to
    std::deque<slot> slots_;
    std::size_t released_slots_ = 0;  // of slots_, those whose samples were all released (order completed)
    std::vector<sample_block> ready_;
    std::uint64_t released_ = 0;      // samples ever moved to ready_
    std::uint64_t taken_ = 0;         // samples ever taken
    std::deque<std::uint64_t> ends_;  // released_ at the end of each batch not wholly taken
};

}  // namespace aisle::detail
