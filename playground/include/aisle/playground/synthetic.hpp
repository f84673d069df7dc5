#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aisle::playground {

/// A bucket of made-up objects, all of one size, whose content is a pure function of their index: nothing is stored.
///
/// Object `index` is called synthetic_name(index), index in [0, count).
struct synthetic {
    std::string bucket = "synthetic";
    /// How many, at most 100,000,000.
    std::uint64_t count = 0;
    /// Bytes of each object.
    std::uint64_t size = 0;
};

/// "sample-" and the index in decimal, at least eight digits, so that names sort by index up to 10^8 objects.
std::string synthetic_name(std::uint64_t index);
/// The index in a name that synthetic_name() makes; nothing for any other text.
std::optional<std::uint64_t> synthetic_index(std::string_view name);

/// Byte `offset` of object `index`.
///
/// Content: a fixed block of 2^20 pseudo-random bytes (splitmix64 from a constant seed, little-endian), read cyclically
/// from position (index * 2654435761) mod 2^20. So objects whose indices differ by less than 2^20 differ, and so do
/// the parts of an object. Thread-safe.
std::byte synthetic_byte(std::uint64_t index, std::uint64_t offset);
/// Bytes [offset, offset + out.size()) of object `index`. Thread-safe.
void fill_synthetic(std::uint64_t index, std::uint64_t offset, std::span<std::byte> out);
/// True when data is the bytes [offset, offset + data.size()) of object `index`. Thread-safe.
bool is_synthetic(std::uint64_t index, std::uint64_t offset, std::span<std::byte const> data);

}  // namespace aisle::playground
