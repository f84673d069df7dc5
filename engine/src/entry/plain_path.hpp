#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aisle::detail {

/// True for nearly all names: non-empty ASCII without NUL, in which no component is empty or begins with a dot, and the
/// first does not begin with '~'. AIStore accepts such a name, so no further check is needed. Pure.
///
/// Checks eight bytes at a time. Words overlap by one byte, so that each pair of neighbours is in one of them.
inline bool is_plain_path(std::string_view path) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t high_bits = 0x80 * ones;
    constexpr std::size_t word_bytes = sizeof(std::uint64_t);

    constexpr auto is_plain = [](std::uint64_t word) {
        if (((word | (word - ones)) & high_bits) != 0) return false;  // not ASCII, or NUL
        // The top bit of each zero byte; no byte exceeds 0x7f.
        constexpr auto zeros = [](std::uint64_t bytes) { return ~(bytes + 0x7f * ones) & high_bits; };
        constexpr std::uint64_t all_slashes = '/' * ones;
        auto const slashes = zeros(word ^ all_slashes);
        auto const dots_and_slashes = zeros((word | ones) ^ all_slashes);  // '.' | 1 is '/'
        auto const behind_slashes = std::endian::native == std::endian::little ? slashes << 8 : slashes >> 8;
        return (behind_slashes & dots_and_slashes) == 0;
    };
    constexpr auto load = [](char const* at) {
        std::uint64_t word;
        std::memcpy(&word, at, word_bytes);
        return word;
    };

    if (path.empty()) return false;
    auto const first = path.front();
    if (first == '/' || first == '.' || first == '~' || path.back() == '/') return false;
    if (path.size() < word_bytes) {
        std::uint64_t word = 'x' * ones;
        std::memcpy(&word, path.data(), path.size());
        return is_plain(word);
    }
    for (std::size_t at = 0; at + word_bytes < path.size(); at += word_bytes - 1)
        if (!is_plain(load(path.data() + at))) return false;
    return is_plain(load(path.data() + path.size() - word_bytes));
}

}  // namespace aisle::detail
