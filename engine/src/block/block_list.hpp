#pragma once

#include "block.hpp"

#include <cstdint>
#include <utility>

namespace aisle::detail {

/// Blocks on their way to the consumer, in order. An intrusive list: adding, joining and taking neither allocate nor
/// fail. Owns a share of each block.
class block_list {
public:
    block_list() = default;
    block_list(block_list&& other) noexcept
        : first_(std::exchange(other.first_, nullptr)),
          last_(std::exchange(other.last_, nullptr)),
          samples_(std::exchange(other.samples_, 0)) {}
    block_list& operator=(block_list&& other) noexcept {
        std::swap(first_, other.first_);
        std::swap(last_, other.last_);
        std::swap(samples_, other.samples_);
        other.clear();
        return *this;
    }
    ~block_list() { clear(); }

    bool empty() const noexcept { return !first_; }
    bool has_several() const noexcept { return first_ != last_; }
    /// Of all its blocks.
    std::uint64_t samples() const noexcept { return samples_; }

    /// Takes over the caller's share.
    void push_back(block& b) noexcept {
        samples_ += b.records().size();
        (last_ ? last_->next_ : first_) = &b;
        last_ = &b;
    }
    /// Moves all of `more` to the end.
    void append(block_list& more) noexcept {
        if (more.empty()) return;
        (last_ ? last_->next_ : first_) = std::exchange(more.first_, nullptr);
        last_ = std::exchange(more.last_, nullptr);
        samples_ += std::exchange(more.samples_, 0);
    }
    /// Precondition: not empty.
    sample_block pop_front() noexcept {
        auto& out = *first_;
        first_ = std::exchange(out.next_, nullptr);
        if (!first_) last_ = nullptr;
        samples_ -= out.records().size();
        return block_access::whole(out);
    }
    void clear() noexcept {
        while (!empty()) pop_front();
    }

private:
    block* first_ = nullptr;
    block* last_ = nullptr;
    std::uint64_t samples_ = 0;
};

}  // namespace aisle::detail
