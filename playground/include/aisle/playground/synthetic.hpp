#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aisle::playground {

/// A bucket of made-up objects of the same size. Their content is a pure function of their index, so nothing is stored.
/// Object `index` has the name synthetic_name(index), for index in [0, count).
struct synthetic {
    std::string bucket = "synthetic";
    /// Number of objects, 0 to 100,000,000.
    std::uint64_t count = 0;
    /// Size of each object in bytes, below 2^62.
    std::uint64_t size = 0;
};

/// "sample-" and the index in decimal with at least eight digits, so that up to 10^8 names sort by index.
std::string synthetic_name(std::uint64_t index);
/// The reverse of synthetic_name(). Nothing for any other text.
std::optional<std::uint64_t> synthetic_index(std::string_view name);

/// Byte `offset` of object `index`.
///
/// The content is a fixed block of 2^20 pseudo-random bytes (splitmix64 from a constant seed, little-endian), read
/// cyclically from position (index * 2654435761) mod 2^20. So objects differ if their indices differ by less than 2^20,
/// and the parts of an object differ too. Thread-safe.
std::byte synthetic_byte(std::uint64_t index, std::uint64_t offset);
/// Writes bytes [offset, offset + out.size()) of object `index` to out. Thread-safe.
void fill_synthetic(std::uint64_t index, std::uint64_t offset, std::span<std::byte> out);
/// True if data equals bytes [offset, offset + data.size()) of object `index`. Thread-safe.
bool is_synthetic(std::uint64_t index, std::uint64_t offset, std::span<std::byte const> data);

}  // namespace aisle::playground
