#include <aisle/large_memory.hpp>

#include <algorithm>
#include <cstring>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define AISLE_MEMORY_IS_WATCHED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AISLE_MEMORY_IS_WATCHED
#endif

#if defined(__linux__) && !defined(AISLE_MEMORY_IS_WATCHED)
#define AISLE_MEMORY_IS_MAPPED
#include <sys/mman.h>
#endif

namespace aisle::detail {

#ifdef AISLE_MEMORY_IS_MAPPED
namespace {

std::byte* mapped(void* at) {
    if (at == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(at);
}

}  // namespace

std::byte* large_memory::take(std::size_t bytes) {
    return mapped(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

void large_memory::give_back(std::byte* from, std::size_t bytes) noexcept {
    ::munmap(from, bytes);
}

std::byte* large_memory::enlarge(std::byte* from, std::size_t bytes, std::size_t wanted) {
    return mapped(::mremap(from, bytes, wanted, MREMAP_MAYMOVE));
}
#else
namespace {

constexpr std::align_val_t page{4096};

}  // namespace

std::byte* large_memory::take(std::size_t bytes) {
    return static_cast<std::byte*>(::operator new(bytes, page));
}

void large_memory::give_back(std::byte* from, std::size_t) noexcept {
    ::operator delete(from, page);
}

std::byte* large_memory::enlarge(std::byte* from, std::size_t bytes, std::size_t wanted) {
    auto* const to = take(wanted);
    std::memcpy(to, from, std::min(bytes, wanted));
    give_back(from, bytes);
    return to;
}
#endif

}  // namespace aisle::detail
