#pragma once

#include "../http/chunked_body.hpp"
#include "../store/stored_object.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace aisle::playground {

/// Writes an archive into the body of a response with the same write sizes as AIStore, because they determine the chunk
/// sizes that a client sees. A stream is written piece by piece: headers, data in pieces of at most 32 KiB, padding.
/// For multipart AIStore collects the archive and then writes it in pages of 32 KiB. If the size is known in advance,
/// this class writes into the pages directly. Not thread-safe.
class archive_writer {
public:
    static constexpr std::size_t page_bytes = 32 * 1024;  // memsys.DefaultBufSize in AIStore
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    /// Writes a stream into `out`, which must outlive the writing.
    void begin_stream(chunked_body& out) noexcept;
    /// Writes pages into `out`, `archive_bytes` in total.
    void begin_pages(chunked_body& out, std::uint64_t archive_bytes) noexcept;
    /// Writes to memory; see collected().
    void begin_collecting() noexcept;
    /// Discards everything from this byte of the archive on.
    void set_limit(std::uint64_t bytes) noexcept;

    void put(std::string_view text);
    /// Writes up to `size` bytes (at most 32 KiB) of the object from offset on. False if the object has shrunk since it
    /// was opened; then zeros are written instead.
    bool copy(stored_object const& from, std::uint64_t offset, std::size_t size);

    std::uint64_t written() const noexcept { return written_; }
    bool at_limit() const noexcept { return written_ >= limit_; }
    /// True if all reserved space is filled, so that the ready bytes may be sent.
    bool settled() const noexcept { return window_.first.empty() && window_.second.empty(); }
    /// What was written since begin_collecting().
    std::string& collected() noexcept { return collected_; }

private:
    chunked_body::place place_for(std::size_t size);
    bool make_room(std::size_t wanted);
    void filled(std::size_t n) noexcept;

    chunked_body* out_ = nullptr;  // null: write to collected_
    std::string collected_;
    bool paged_ = false;
    std::uint64_t paged_bytes_ = 0;
    std::uint64_t limit_ = unlimited;
    std::uint64_t written_ = 0;
    chunked_body::place window_;
};

}  // namespace aisle::playground
