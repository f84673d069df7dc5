#pragma once

#include <aisle/export.h>
#include <aisle/sample.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

namespace aisle {

/// Consecutive samples of one batch that one socket read completed, in the order of the batch's entries. They share one
/// memory block and one reference count, so a block costs no more than a single sample.
///
/// A block from a stream is never empty. Move-only. May be moved to another thread and destroyed there, also after its
/// stream and its engine.
///
/// \code
///   while (auto block = stream.next_block())
///       for (aisle::sample_view s : *block) use(s.bytes());
/// \endcode
class AISLE_API sample_block {
public:
    class iterator;
    using value_type = sample_view;

    /// An empty block.
    sample_block() = default;
    sample_block(sample_block&& other) noexcept
        : block_(std::exchange(other.block_, nullptr)),
          records_(std::exchange(other.records_, nullptr)),
          count_(std::exchange(other.count_, 0)) {}
    sample_block& operator=(sample_block&& other) noexcept {
        if (this != &other) {
            if (block_) release();
            block_ = std::exchange(other.block_, nullptr);
            records_ = std::exchange(other.records_, nullptr);
            count_ = std::exchange(other.count_, 0);
        }
        return *this;
    }
    ~sample_block() {
        if (block_) release();
    }

    /// Number of samples.
    std::size_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    /// Index of the batch within its stream, from 0. Precondition: not empty.
    std::uint64_t batch() const noexcept { return front().batch(); }
    /// Payload bytes of all samples.
    std::uint64_t size_bytes() const noexcept {
        std::uint64_t out = 0;
        for (std::uint32_t i = 0; i < count_; ++i) out += records_[i].size;
        return out;
    }

    /// Precondition: i < size(). The view is valid while the block lives.
    sample_view operator[](std::size_t i) const noexcept { return {block_, records_ + i}; }
    /// Precondition: not empty.
    sample_view front() const noexcept { return (*this)[0]; }
    /// Precondition: not empty.
    sample_view back() const noexcept { return (*this)[count_ - 1]; }

    iterator begin() const noexcept;
    iterator end() const noexcept;

private:
    friend struct detail::block_access;
    sample_block(detail::block* in, detail::sample_record* records, std::uint32_t count) noexcept
        : block_(in), records_(records), count_(count) {}
    void release() noexcept;

    detail::block* block_ = nullptr;
    detail::sample_record* records_ = nullptr;
    std::uint32_t count_ = 0;
};

/// Random-access iterator; dereferences to a sample_view by value.
class sample_block::iterator {
public:
    using value_type = sample_view;
    using reference = sample_view;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag;

    iterator() = default;

    sample_view operator*() const noexcept { return {block_, at_}; }
    sample_view operator[](difference_type n) const noexcept { return {block_, at_ + n}; }
    iterator& operator++() noexcept { return *this += 1; }
    iterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
    iterator& operator--() noexcept { return *this -= 1; }
    iterator operator--(int) noexcept { return std::exchange(*this, *this - 1); }
    iterator& operator+=(difference_type n) noexcept {
        at_ += n;
        return *this;
    }
    iterator& operator-=(difference_type n) noexcept { return *this += -n; }
    friend iterator operator+(iterator i, difference_type n) noexcept { return i += n; }
    friend iterator operator+(difference_type n, iterator i) noexcept { return i += n; }
    friend iterator operator-(iterator i, difference_type n) noexcept { return i -= n; }
    friend difference_type operator-(iterator a, iterator b) noexcept { return a.at_ - b.at_; }
    friend bool operator==(iterator a, iterator b) noexcept { return a.at_ == b.at_; }
    friend std::strong_ordering operator<=>(iterator a, iterator b) noexcept { return a.at_ <=> b.at_; }

private:
    friend class sample_block;
    iterator(detail::block* in, detail::sample_record* at) noexcept : block_(in), at_(at) {}

    detail::block* block_ = nullptr;
    detail::sample_record* at_ = nullptr;
};

inline sample_block::iterator sample_block::begin() const noexcept {
    return {block_, records_};
}
inline sample_block::iterator sample_block::end() const noexcept {
    return {block_, records_ + count_};
}

}  // namespace aisle
