#pragma once

#include "error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

namespace aisle::capi {

/// Refuses what cannot be the size of a struct of any version: the caller did not set it.
inline void check_size(std::size_t size, char const* name) {
    constexpr std::size_t largest = 4096;
    if (size < sizeof(size) || size > largest) refuse(errc::invalid_argument, std::string(name) + ".size is not set");
}

/// Reads a struct of a caller that may have been compiled with an older or a newer aisle.h. Fields that the caller's
/// version does not have are zero; fields that this version does not have must be zero. Null: all fields are zero.
template <class T>
T read_sized(T const* given, char const* name) {
    static_assert(std::is_trivially_copyable_v<T>);
    T out{};
    if (!given) return out;
    auto const size = given->size;
    check_size(size, name);
    auto const* const bytes = reinterpret_cast<unsigned char const*>(given);
    if (size > sizeof(T) && std::any_of(bytes + sizeof(T), bytes + size, [](unsigned char b) { return b != 0; }))
        refuse(errc::unsupported, std::string(name) + " has fields set that this version of the library does not know");
    std::memcpy(&out, given, std::min(size, sizeof(T)));
    return out;
}

/// Fills the caller's struct, up to its size. Fields that this version does not have become zero.
template <class T>
void write_sized(T* to, T what, char const* name) {
    static_assert(std::is_trivially_copyable_v<T>);
    auto const size = required(to, name).size;
    check_size(size, name);
    what.size = size;
    std::memcpy(static_cast<void*>(to), &what, std::min(size, sizeof(T)));
    if (size > sizeof(T)) std::memset(reinterpret_cast<unsigned char*>(to) + sizeof(T), 0, size - sizeof(T));
}

}  // namespace aisle::capi
