#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// The bytes of a response, framed like Go's net/http, because AIStore is written in Go and clients see its chunk
/// sizes.
///
/// Go collects the writes of a handler in a 2048-byte buffer in front of the chunk writer. A full buffer becomes a
/// chunk of 2048 bytes; the rest of a write that is larger than the buffer becomes a chunk of its own. After the chunk
/// writer comes a 4096-byte buffer of the connection. So a 10 KiB object after a 512-byte tar header arrives as chunks
/// of 2048 and 8704 bytes, and the last bytes of a response are not sent until its handler returns.
///
/// \code
///   bytes_   sent....[ready: head, chunks..............][hex\r\n open chunk ...]  free
///                    ^begin_                            ^open_                ^end_
/// \endcode
///
/// Not thread-safe. Spans are valid until the next call of a non-const member.
class chunked_body {
public:
    /// Space for the bytes of one write: first, then second.
    struct place {
        std::span<std::byte> first;
        std::span<std::byte> second;
    };

    enum class framing : std::uint8_t {
        chunked,  ///< Transfer-Encoding: chunked
        none      ///< no framing, for a known length or HTTP/1.0
    };

    explicit chunked_body(framing how = framing::chunked);

    /// Starts the next response of a connection. Bytes that are ready stay ready.
    void restart(framing how);
    /// Writes the head, which has no framing, and flushes it as Go does.
    void head(std::string_view text);
    /// A write of the handler.
    void write(std::span<std::byte const> data);
    void write(std::string_view text);
    /// A write of the handler of `size` bytes, which the caller fills in immediately.
    place reserve(std::size_t size);
    /// Closes the open chunk and ends the body.
    void finish();
    /// Closes the open chunk without ending the body, for a connection that is closed early.
    void break_off();

    /// Framed bytes that can be written to the socket, without the open chunk.
    std::span<std::byte const> ready() const noexcept;
    /// Removes the first n bytes of ready(), which have been sent.
    void sent(std::size_t n) noexcept;
    /// Bytes at the end of ready() that a Go server would still keep in its connection buffer.
    std::size_t resting_bytes() const noexcept;
    /// Body bytes written since restart(), without framing.
    std::uint64_t body_bytes() const noexcept { return body_bytes_; }

private:
    std::span<std::byte> grow(std::size_t size);
    void put(std::string_view text);
    void open_chunk();
    void close_chunk();
    std::span<std::byte> direct_chunk(std::size_t size);
    void through_connection_buffer(std::size_t size) noexcept;

    std::vector<std::byte> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t open_ = 0;
    std::size_t open_bytes_ = 0;  // data in the open chunk; 0: no chunk is open
    std::size_t connection_buffer_ = 0;
    std::uint64_t body_bytes_ = 0;
    framing framing_;
};

}  // namespace aisle::playground
