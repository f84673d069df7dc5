#pragma once

#include "beneath.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <variant>

namespace aisle::playground {

/// An object opened for reading: an open file, bytes in memory, or made up. What was opened can be read to its end
/// whatever happens to its name meanwhile. Move-only.
class stored_object {
public:
    static stored_object file(descriptor fd, std::uint64_t size, std::int64_t modified_seconds, std::uint64_t identity);
    /// identity: of the content, see identity().
    static stored_object memory(std::shared_ptr<std::string const> bytes, std::int64_t modified_seconds,
                                std::uint64_t identity = 0);
    static stored_object made_up(std::uint64_t index, std::uint64_t size);

    std::uint64_t size() const noexcept { return size_; }
    /// Seconds since the epoch; 0 for what is made up.
    std::int64_t modified_seconds() const noexcept { return modified_seconds_; }
    /// Differs between two contents as far as can be told cheaply: for caches of what was found inside.
    std::uint64_t identity() const noexcept { return identity_; }
    /// From now on the lowest bit of the byte at offset reads as the other value: damage that only a checksum can find.
    void flip_bit(std::uint64_t offset) noexcept { flipped_ = offset; }
    /// Copies bytes from offset on, into first and then second; returns fewer than fit only when the object ends early.
    std::size_t read(std::uint64_t offset, std::span<std::byte> first, std::span<std::byte> second = {}) const;

private:
    using source = std::variant<descriptor, std::shared_ptr<std::string const>, std::uint64_t>;
    stored_object(source from, std::uint64_t size, std::int64_t modified_seconds, std::uint64_t identity)
        : from_(std::move(from)), size_(size), modified_seconds_(modified_seconds), identity_(identity) {}

    void read_source(std::uint64_t offset, std::span<std::byte> to) const;

    static constexpr auto nowhere = std::numeric_limits<std::uint64_t>::max();

    source from_;
    std::uint64_t size_;
    std::int64_t modified_seconds_;
    std::uint64_t identity_;
    std::uint64_t flipped_ = nowhere;
};

}  // namespace aisle::playground
