#include <aisle/playground/synthetic.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

namespace aisle::playground {
namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;
constexpr std::string_view prefix = "sample-";
constexpr std::size_t min_digits = 8;

std::vector<std::byte> make_block() {
    std::vector<std::byte> block(block_bytes);
    std::uint64_t state = 0x6169736c65000001;  // an arbitrary constant that must not change
    for (std::size_t at = 0; at < block_bytes; at += 8) {
        state += 0x9e3779b97f4a7c15;
        auto z = state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        z ^= z >> 31;
        for (std::size_t i = 0; i < 8; ++i) block[at + i] = static_cast<std::byte>(z >> (8 * i));
    }
    return block;
}

std::span<std::byte const> block() {
    static auto const bytes = make_block();
    return bytes;
}

// With an odd factor the start positions of 2^20 consecutive objects are all different.
std::size_t position(std::uint64_t index, std::uint64_t offset) {
    return static_cast<std::size_t>((index * 2654435761u + offset) % block_bytes);
}

// Calls f(part of the block, its offset in the object) for consecutive parts.
template <class F>
void for_parts(std::uint64_t index, std::uint64_t offset, std::size_t size, F f) {
    auto from = position(index, offset);
    for (std::size_t done = 0; done < size;) {
        auto const n = std::min(size - done, block_bytes - from);
        f(block().subspan(from, n), done);
        done += n;
        from = 0;
    }
}

}  // namespace

std::string synthetic_name(std::uint64_t index) {
    auto const digits = std::to_string(index);
    std::string name(prefix);
    name.append(min_digits > digits.size() ? min_digits - digits.size() : 0, '0');
    return name + digits;
}

std::optional<std::uint64_t> synthetic_index(std::string_view name) {
    if (!name.starts_with(prefix)) return std::nullopt;
    std::uint64_t index = 0;
    auto const [end, ec] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), index);
    if (ec != std::errc{} || end != name.data() + name.size() || synthetic_name(index) != name) return std::nullopt;
    return index;
}

std::byte synthetic_byte(std::uint64_t index, std::uint64_t offset) {
    return block()[position(index, offset)];
}

void fill_synthetic(std::uint64_t index, std::uint64_t offset, std::span<std::byte> out) {
    for_parts(index, offset, out.size(), [&](std::span<std::byte const> part, std::size_t at) {
        std::memcpy(out.data() + at, part.data(), part.size());
    });
}

bool is_synthetic(std::uint64_t index, std::uint64_t offset, std::span<std::byte const> data) {
    bool same = true;
    for_parts(index, offset, data.size(), [&](std::span<std::byte const> part, std::size_t at) {
        same = same && std::memcmp(data.data() + at, part.data(), part.size()) == 0;
    });
    return same;
}

}  // namespace aisle::playground
