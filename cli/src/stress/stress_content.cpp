#include "stress_content.hpp"

#include "stress_random.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace aisle::cli {
namespace {

constexpr std::size_t word_bytes = 8;
constexpr std::uint64_t step = 0x9e3779b97f4a7c15;

std::uint64_t add_to_key(std::uint64_t key, std::string_view text) noexcept {
    for (char const c : text) key = mix_bits(key + static_cast<unsigned char>(c) + step);
    // Include the length: {"a", "bc"} and {"ab", "c"} are different names.
    return mix_bits(key + text.size());
}

std::array<std::byte, word_bytes> bytes_of(std::uint64_t word) noexcept {
    // Little-endian on every machine.
    std::array<std::byte, word_bytes> out;
    for (std::size_t i = 0; i < word_bytes; ++i) out[i] = static_cast<std::byte>(word >> (8 * i));
    return out;
}

}  // namespace

stress_content::stress_content(std::string_view object, std::string_view archpath) noexcept
    : key_(add_to_key(add_to_key(0, object), archpath)), compressible_(key_ >> 63) {}

inline std::uint64_t stress_content::word(std::uint64_t index) const noexcept {
    auto const drawn = mix_bits(key_ + index * step);
    return compressible_ ? mix_bits((drawn >> 56) * step) : drawn;
}

void stress_content::fill(std::uint64_t offset, std::span<std::byte> out) const noexcept {
    while (!out.empty()) {
        auto const bytes = bytes_of(word(offset / word_bytes));
        auto const from = static_cast<std::size_t>(offset % word_bytes);
        auto const n = std::min(word_bytes - from, out.size());
        if (n == word_bytes)  // constant size: the compiler makes this one store
            std::memcpy(out.data(), bytes.data(), word_bytes);
        else
            std::memcpy(out.data(), bytes.data() + from, n);
        out = out.subspan(n);
        offset += n;
    }
}

std::optional<std::uint64_t> stress_content::first_difference(std::uint64_t offset,
                                                              std::span<std::byte const> data) const noexcept {
    std::size_t at = 0;
    while (at < data.size()) {
        auto const bytes = bytes_of(word((offset + at) / word_bytes));
        auto const from = static_cast<std::size_t>((offset + at) % word_bytes);
        auto const n = std::min(word_bytes - from, data.size() - at);
        auto const same = n == word_bytes ? std::memcmp(data.data() + at, bytes.data(), word_bytes) == 0
                                          : std::memcmp(data.data() + at, bytes.data() + from, n) == 0;
        if (!same) {
            auto const [wrong, right] = std::mismatch(data.begin() + static_cast<std::ptrdiff_t>(at),
                                                      data.begin() + static_cast<std::ptrdiff_t>(at + n),
                                                      bytes.begin() + static_cast<std::ptrdiff_t>(from));
            return static_cast<std::uint64_t>(wrong - data.begin());
        }
        at += n;
    }
    return std::nullopt;
}

}  // namespace aisle::cli
