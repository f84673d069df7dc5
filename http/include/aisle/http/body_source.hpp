#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle::http {

/// Where the body of a request comes from when it is not to be in memory as a whole, such as a file. One thread: the
/// client's.
class body_source {
public:
    virtual ~body_source() = default;
    /// Bytes of the whole body. Always the same.
    virtual std::uint64_t size() const noexcept = 0;
    /// Some bytes from `offset` on, at least one. They are valid until the next call. A body is read from its start
    /// once for every time it is sent, and must have the same bytes each time. An error ends the request with it.
    /// Precondition: offset < size().
    virtual result<std::span<std::byte const>> read(std::uint64_t offset) = 0;
};

}  // namespace aisle::http
