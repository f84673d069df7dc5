#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aisle::cli {

/// The bytes of an object (or of a shard's member) that `aisle stress` puts into a cluster: a pure function of its
/// name and the offset, so that whatever comes back can be checked without being kept.
///
/// Every eight bytes are drawn anew, so bytes of another object or another place do not pass for the right ones. One
/// name in two draws from 256 words, which compresses to about a fifth, the other from all 2^64, which does not.
/// Thread-safe: it never changes.
class stress_content {
public:
    /// Of a whole object; of a member where archpath is not empty.
    explicit stress_content(std::string_view object, std::string_view archpath = {}) noexcept;

    /// Writes bytes [offset, offset + out.size()).
    void fill(std::uint64_t offset, std::span<std::byte> out) const noexcept;
    /// Where data first differs from bytes [offset, offset + data.size()), counted from its own begin; nothing when it
    /// is right.
    std::optional<std::uint64_t> first_difference(std::uint64_t offset, std::span<std::byte const> data) const noexcept;

private:
    std::uint64_t word(std::uint64_t index) const noexcept;

    std::uint64_t key_;
    bool compressible_;
};

}  // namespace aisle::cli
