#include "slab_memory.hpp"

#include <cstring>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define AISLE_SLABS_ARE_WATCHED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AISLE_SLABS_ARE_WATCHED
#endif

#if defined(__linux__) && !defined(AISLE_SLABS_ARE_WATCHED)
#define AISLE_SLABS_ARE_MAPPED
#include <sys/mman.h>
#endif

namespace aisle::detail {
namespace {

constexpr std::align_val_t page{4096};

#ifdef AISLE_SLABS_ARE_MAPPED
// Smaller ones come and go by the thousand while memory is tight: the allocator has them again without page faults.
constexpr std::size_t largest_allocated = std::size_t{5} << 20;

bool is_mapped(std::size_t bytes) noexcept {
    return bytes > largest_allocated;
}
std::byte* mapped(void* at) {
    if (at == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(at);
}
#endif

}  // namespace

std::byte* take_memory(std::size_t bytes) {
#ifdef AISLE_SLABS_ARE_MAPPED
    if (is_mapped(bytes))
        return mapped(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
#endif
    return static_cast<std::byte*>(::operator new(bytes, page));
}

void give_back_memory(std::byte* from, [[maybe_unused]] std::size_t bytes) noexcept {
#ifdef AISLE_SLABS_ARE_MAPPED
    if (is_mapped(bytes)) {
        ::munmap(from, bytes);
        return;
    }
#endif
    ::operator delete(from, page);
}

std::byte* enlarge_memory(std::byte* from, std::size_t bytes, std::size_t wanted) {
#ifdef AISLE_SLABS_ARE_MAPPED
    if (is_mapped(bytes)) return mapped(::mremap(from, bytes, wanted, MREMAP_MAYMOVE));
#endif
    auto* const to = take_memory(wanted);
    std::memcpy(to, from, bytes);
    give_back_memory(from, bytes);
    return to;
}

}  // namespace aisle::detail
