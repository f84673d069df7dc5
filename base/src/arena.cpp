#include <aisle/arena.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace aisle {

struct alignas(std::max_align_t) arena::page {
    page* before;
    std::size_t bytes;
    std::byte* memory() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
};

void arena::add_page(std::size_t bytes) {
    auto const size = std::max(bytes, newest_ ? 2 * newest_->bytes : first_page_bytes);
    newest_ = new (::operator new(sizeof(page) + size)) page{newest_, size};
    at_ = newest_->memory();
    left_ = size;
}

void arena::start_again() noexcept {
    drop(std::exchange(newest_->before, nullptr));
    left_ = newest_->bytes;
}

void arena::drop(page* newest) noexcept {
    while (newest) ::operator delete(std::exchange(newest, newest->before));
}

}  // namespace aisle
