#include "slab_memory.hpp"

#include <aisle/large_memory.hpp>

#include <cstring>
#include <new>

namespace aisle::detail {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::align_val_t page{page_bytes};

// While memory is short, thousands of smaller slabs are freed and allocated; the allocator reuses their memory without
// page faults.
constexpr std::size_t largest_allocated = std::size_t{5} << 20;

bool is_large(std::size_t bytes) noexcept {
    return bytes > largest_allocated;
}

}  // namespace

std::byte* slab_memory::take(std::size_t bytes) const {
    if (from_) return static_cast<std::byte*>(from_->allocate(bytes, page_bytes));
    if (is_large(bytes)) return large_memory::take(bytes);
    return static_cast<std::byte*>(::operator new(bytes, page));
}

void slab_memory::give_back(std::byte* from, std::size_t bytes) const noexcept {
    if (from_) return from_->deallocate(from, bytes, page_bytes);
    if (is_large(bytes)) return large_memory::give_back(from, bytes);
    ::operator delete(from, page);
}

std::byte* slab_memory::enlarge(std::byte* from, std::size_t bytes, std::size_t wanted) const {
    if (!from_ && is_large(bytes)) return large_memory::enlarge(from, bytes, wanted);
    auto* const to = take(wanted);
    std::memcpy(to, from, bytes);
    give_back(from, bytes);
    return to;
}

}  // namespace aisle::detail
