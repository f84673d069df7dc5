#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle::http {

/// Supplies the body of a request that should not be in memory as a whole, such as a file. All calls are made on the
/// client's thread.
class body_source {
public:
    virtual ~body_source() = default;
    /// Size of the whole body in bytes. Must not change.
    virtual std::uint64_t size() const noexcept = 0;
    /// Returns bytes from `offset` on, at least one. They must be valid until the next call. The body is read from the
    /// start each time it is sent, and must be the same each time. If this returns an error, the request fails with it.
    /// Precondition: offset < size().
    virtual result<std::span<std::byte const>> read(std::uint64_t offset) = 0;
};

}  // namespace aisle::http
