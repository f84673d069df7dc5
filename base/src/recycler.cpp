#include <aisle/recycler.hpp>

#include <array>
#include <new>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AISLE_UNDER_ASAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define AISLE_UNDER_ASAN
#endif

namespace aisle {
namespace {

#if defined(AISLE_UNDER_ASAN)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif

constexpr std::size_t step = 64;
constexpr std::size_t classes = recycler::most_piece_bytes / step;

struct piece {
    piece* next;
};

// Without a destructor, so that objects that are destroyed after `closing` can still use it.
struct store {
    std::array<piece*, classes> free;
    std::size_t kept_bytes;
    bool closed;
};
constinit thread_local store mine{};

struct closing {
    ~closing() {
        mine.closed = true;
        mine.kept_bytes = 0;
        for (auto& first : mine.free)
            while (first) ::operator delete(std::exchange(first, first->next));
    }
    // A use of the variable makes the thread construct it, so that its destructor runs at the thread's end.
    void is_due() const noexcept {}
};
thread_local closing const at_end;

std::size_t class_of(std::size_t bytes) noexcept {
    return bytes == 0 ? 0 : (bytes - 1) / step;
}

}  // namespace

void* recycler::take(std::size_t bytes) {
    auto const c = class_of(bytes);
    if (c >= classes) return ::operator new(bytes);
    auto*& first = mine.free[c];
    if (!first) return ::operator new((c + 1) * step);
    mine.kept_bytes -= (c + 1) * step;
    return std::exchange(first, first->next);
}

void recycler::give_back(void* piece_of_memory, std::size_t bytes) noexcept {
    auto const c = class_of(bytes);
    auto const size = (c + 1) * step;
    bool const keep = keeps && c < classes && !mine.closed && mine.kept_bytes + size <= most_kept_bytes;
    if (!keep) return ::operator delete(piece_of_memory);
    if (mine.kept_bytes == 0) at_end.is_due();
    mine.free[c] = new (piece_of_memory) piece{mine.free[c]};
    mine.kept_bytes += size;
}

std::size_t recycler::kept_bytes() noexcept {
    return mine.kept_bytes;
}

}  // namespace aisle
