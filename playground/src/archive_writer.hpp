#pragma once

#include "chunked_body.hpp"
#include "stored_object.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

namespace aisle::playground {

/// Lays an archive into an answer's body in the writes that AIStore makes of it, because their sizes show in the
/// chunks. A stream is written as it is made: headers, data in pieces of at most 32 KiB, padding. For multipart the
/// archive is collected first, and then written page by page of 32 KiB. Not thread-safe.
class archive_writer {
public:
    static constexpr std::size_t page_bytes = 32 * 1024;  // memsys.DefaultBufSize in AIStore
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    /// As a stream.
    void begin_stream() noexcept;
    /// As pages, of `archive_bytes` together.
    void begin_pages(std::uint64_t archive_bytes) noexcept;
    /// Nothing is written from this byte of the archive on.
    void set_limit(std::uint64_t bytes) noexcept;

    void put(chunked_body& out, std::string_view text);
    /// Up to `size` bytes (at most 32 KiB) of the object from offset on. False when the object could not be read to
    /// there: it shrank after it was opened, and zeros were written.
    bool copy(chunked_body& out, stored_object const& from, std::uint64_t offset, std::size_t size);

    std::uint64_t written() const noexcept { return written_; }
    bool at_limit() const noexcept { return written_ >= limit_; }
    /// True when all that was laid out is filled, so that what is ready may be sent.
    bool settled() const noexcept { return window_.first.empty() && window_.second.empty(); }

private:
    bool make_room(chunked_body& out, std::size_t wanted);
    void filled(std::size_t n) noexcept;

    bool paged_ = false;
    std::uint64_t paged_bytes_ = 0;
    std::uint64_t limit_ = unlimited;
    std::uint64_t written_ = 0;
    chunked_body::place window_;
};

}  // namespace aisle::playground
