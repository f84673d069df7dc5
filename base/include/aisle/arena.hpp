#pragma once

#include <cstddef>

namespace aisle {

/// Memory that is given out piece by piece and taken back all at once. It keeps its largest page, so that rounds of one
/// size soon allocate nothing. One thread at a time.
class arena {
public:
    arena() = default;
    arena(arena const&) = delete;
    arena& operator=(arena const&) = delete;
    ~arena() { drop(newest_); }

    /// Uninitialised memory, aligned for any type that needs no more than std::max_align_t. Throws std::bad_alloc,
    /// and changes nothing then.
    void* allocate(std::size_t bytes) {
        bytes = (bytes + alignment - 1) / alignment * alignment;
        if (bytes > left_) [[unlikely]]
            add_page(bytes);
        left_ -= bytes;
        return at_ + left_;
    }
    /// All that it has given out is free.
    void reset() noexcept {
        if (newest_) start_again();
    }

private:
    static constexpr std::size_t alignment = alignof(std::max_align_t);
    static constexpr std::size_t first_page_bytes = 4096;
    struct page;

    void add_page(std::size_t bytes);
    void start_again() noexcept;
    static void drop(page* newest) noexcept;

    page* newest_ = nullptr;   // the largest, and the one in use
    std::byte* at_ = nullptr;  // its memory, given out from the end
    std::size_t left_ = 0;
};

}  // namespace aisle
