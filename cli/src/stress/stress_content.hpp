#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aisle::cli {

/// The bytes of an object, or of a shard's member, that `aisle stress` stores: a pure function of the name and the
/// offset. So everything that arrives can be checked without a copy.
///
/// Each group of eight bytes is a new pseudo-random word, so bytes of another object or another offset do not match.
/// Half of the names draw from 256 words, which compresses to about a fifth; the other half draws from all 2^64 words,
/// which does not compress. Immutable, so thread-safe.
class stress_content {
public:
    /// The content of an object, or of a member if archpath is not empty.
    explicit stress_content(std::string_view object, std::string_view archpath = {}) noexcept;

    /// Writes bytes [offset, offset + out.size()).
    void fill(std::uint64_t offset, std::span<std::byte> out) const noexcept;
    /// The index in data of the first byte that differs from bytes [offset, offset + data.size()); nothing if all are
    /// right.
    std::optional<std::uint64_t> first_difference(std::uint64_t offset, std::span<std::byte const> data) const noexcept;

private:
    std::uint64_t word(std::uint64_t index) const noexcept;

    std::uint64_t key_;
    bool compressible_;
};

}  // namespace aisle::cli
