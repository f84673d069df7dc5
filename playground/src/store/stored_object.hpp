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

/// An object that is open for reading: a file, bytes in memory, or made up. It stays readable even if it is removed or
/// replaced meanwhile. Move-only.
class stored_object {
public:
    static stored_object file(file_descriptor fd, std::uint64_t size, std::int64_t modified_seconds,
                              std::uint64_t identity);
    /// identity: see identity().
    static stored_object memory(std::shared_ptr<std::string const> bytes, std::int64_t modified_seconds,
                                std::uint64_t identity = 0);
    static stored_object made_up(std::uint64_t index, std::uint64_t size);

    std::uint64_t size() const noexcept { return size_; }
    /// Seconds since the epoch; 0 for made-up objects.
    std::int64_t modified_seconds() const noexcept { return modified_seconds_; }
    /// A number that differs between contents, as far as that can be determined cheaply. A key for caches.
    std::uint64_t identity() const noexcept { return identity_; }
    /// Flips the lowest bit of the byte at offset in all following reads: damage that only a checksum can detect.
    void flip_bit(std::uint64_t offset) noexcept { flipped_ = offset; }
    /// Copies bytes from offset on into first, then second. Returns fewer bytes than fit only at the end of the object.
    std::size_t read(std::uint64_t offset, std::span<std::byte> first, std::span<std::byte> second = {}) const;

private:
    using source = std::variant<file_descriptor, std::shared_ptr<std::string const>, std::uint64_t>;
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
