#include "slab_memory.hpp"

#include <cstring>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define AISLE_SLABS_ARE_WATCHED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AISLE_SLABS_ARE_WATCHED
#endif

#if defined(__linux__) && !defined(AISLE_SLABS_ARE_WATCHED)
#include <sys/mman.h>

namespace aisle::detail {

std::byte* take_memory(std::size_t bytes) {
    void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(at);
}

void give_back_memory(std::byte* from, std::size_t bytes) noexcept {
    ::munmap(from, bytes);
}

std::byte* enlarge_memory(std::byte* from, std::size_t bytes, std::size_t wanted) {
    void* const at = ::mremap(from, bytes, wanted, MREMAP_MAYMOVE);
    if (at == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(at);
}

}  // namespace aisle::detail

#else

namespace aisle::detail {
namespace {

constexpr std::align_val_t page{4096};

}  // namespace

std::byte* take_memory(std::size_t bytes) {
    return static_cast<std::byte*>(::operator new(bytes, page));
}

void give_back_memory(std::byte* from, std::size_t) noexcept {
    ::operator delete(from, page);
}

std::byte* enlarge_memory(std::byte* from, std::size_t bytes, std::size_t wanted) {
    auto* const to = take_memory(wanted);
    std::memcpy(to, from, bytes);
    give_back_memory(from, bytes);
    return to;
}

}  // namespace aisle::detail

#endif
