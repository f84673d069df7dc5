#pragma once

#include <cstddef>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

namespace aisle {

/// Memory for objects that live for one batch: a thread reuses the pieces that it has released, by size. Each thread
/// has its own store, so there is no lock. A piece may be released on a thread other than the one that took it, and
/// goes into that thread's store. A store keeps at most most_kept_bytes, and is emptied when its thread ends.
///
/// Under AddressSanitizer nothing is kept, so that it sees what is used after its end.
class recycler {
public:
    static constexpr std::size_t most_kept_bytes = std::size_t{256} << 10;
    /// Larger pieces come from the heap and return to it.
    static constexpr std::size_t most_piece_bytes = std::size_t{8} << 10;

    /// Aligned as by operator new. Throws std::bad_alloc.
    static void* take(std::size_t bytes);
    /// bytes: as it was taken with.
    static void give_back(void* piece, std::size_t bytes) noexcept;
    /// What the calling thread's store keeps.
    static std::size_t kept_bytes() noexcept;
};

/// The recycler as an allocator, for containers and std::allocate_shared.
template <class T>
class recycled {
public:
    using value_type = T;
    using is_always_equal = std::true_type;

    recycled() = default;
    template <class U>
    recycled(recycled<U> const&) noexcept {}

    // Where T is a pointer, its own size is meant.
    // NOLINTBEGIN(bugprone-sizeof-expression)
    T* allocate(std::size_t n) {
        static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
        if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(recycler::take(n * sizeof(T)));
    }
    void deallocate(T* p, std::size_t n) noexcept { recycler::give_back(static_cast<void*>(p), n * sizeof(T)); }
    // NOLINTEND(bugprone-sizeof-expression)

    friend bool operator==(recycled, recycled) noexcept { return true; }
};

using recycled_string = std::basic_string<char, std::char_traits<char>, recycled<char>>;
template <class T>
using recycled_vector = std::vector<T, recycled<T>>;

/// Base of classes whose objects `new` takes from the recycler. A class that is deleted by way of a base needs a
/// virtual destructor, as always.
struct recycled_object {
    static void* operator new(std::size_t bytes) { return recycler::take(bytes); }
    static void operator delete(void* p, std::size_t bytes) noexcept { recycler::give_back(p, bytes); }
};

}  // namespace aisle
