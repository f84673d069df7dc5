#pragma once

#include "chunked_body.hpp"
#include "stored_object.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace aisle::playground {

/// Lays an archive into an answer's body in the writes that AIStore makes of it, because their sizes show in the
/// chunks. A stream is written as it is made: headers, data in pieces of at most 32 KiB, padding. For multipart the
/// archive is collected first, and then written page by page of 32 KiB; what is collected where its size is known
/// beforehand goes into its pages at once. Not thread-safe.
class archive_writer {
public:
    static constexpr std::size_t page_bytes = 32 * 1024;  // memsys.DefaultBufSize in AIStore
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    /// As a stream into `out`, which stays alive.
    void begin_stream(chunked_body& out) noexcept;
    /// As pages into `out`, of `archive_bytes` together.
    void begin_pages(chunked_body& out, std::uint64_t archive_bytes) noexcept;
    /// Into memory, see collected().
    void begin_collecting() noexcept;
    /// Nothing is written from this byte of the archive on.
    void set_limit(std::uint64_t bytes) noexcept;

    void put(std::string_view text);
    /// Up to `size` bytes (at most 32 KiB) of the object from offset on. False when the object could not be read to
    /// there: it shrank after it was opened, and zeros were written.
    bool copy(stored_object const& from, std::uint64_t offset, std::size_t size);

    std::uint64_t written() const noexcept { return written_; }
    bool at_limit() const noexcept { return written_ >= limit_; }
    /// True when all that was laid out is filled, so that what is ready may be sent.
    bool settled() const noexcept { return window_.first.empty() && window_.second.empty(); }
    /// What begin_collecting() brought.
    std::string& collected() noexcept { return collected_; }

private:
    chunked_body::place place_for(std::size_t size);
    bool make_room(std::size_t wanted);
    void filled(std::size_t n) noexcept;

    chunked_body* out_ = nullptr;  // null: into collected_
    std::string collected_;
    bool paged_ = false;
    std::uint64_t paged_bytes_ = 0;
    std::uint64_t limit_ = unlimited;
    std::uint64_t written_ = 0;
    chunked_body::place window_;
};

}  // namespace aisle::playground
