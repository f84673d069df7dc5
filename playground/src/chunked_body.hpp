#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// The bytes of one answer, framed as Go's net/http frames them, because AIStore is written in Go and a client sees
/// its chunk sizes.
///
/// Go collects a handler's writes in a 2048-byte buffer in front of the chunk writer: what fits is kept, a full buffer
/// becomes a chunk of 2048, and the rest of a write that is larger than the buffer becomes a chunk of its own. Behind
/// the chunk writer stands a 4096-byte buffer of the connection. So a 10 KiB object after a 512-byte tar header comes
/// as chunks of 2048 and 8704 bytes, and the last bytes of an answer rest until its handler returns.
///
/// \code
///   bytes_   sent....[ready: head, chunks..............][hex\r\n open chunk ...]  free
///                    ^begin_                            ^open_                ^end_
/// \endcode
///
/// Not thread-safe. Spans stay valid until the next call that is not const.
class chunked_body {
public:
    /// Where the bytes of one write go: first before second.
    struct place {
        std::span<std::byte> first;
        std::span<std::byte> second;
    };

    enum class framing : std::uint8_t {
        chunked,  ///< Transfer-Encoding: chunked
        none      ///< bytes as they are, for a known length or HTTP/1.0
    };

    explicit chunked_body(framing how = framing::chunked);

    /// Begins the next answer of a connection; what is ready stays ready.
    void restart(framing how);
    /// Bytes outside the framing (the head), flushed as Go flushes them.
    void head(std::string_view text);
    /// One write of the handler.
    void write(std::span<std::byte const> data);
    void write(std::string_view text);
    /// One write of the handler, of `size` bytes that the caller puts in place at once.
    place reserve(std::size_t size);
    /// Closes the open chunk and ends the body.
    void finish();
    /// Closes the open chunk without ending the body: what a connection that breaks off has sent.
    void break_off();

    /// Framed bytes that can be given to the socket. The open chunk is not among them.
    std::span<std::byte const> ready() const noexcept;
    /// The first n bytes of ready() were sent.
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
    std::size_t open_bytes_ = 0;  // data in the open chunk; no chunk is open when 0
    std::size_t connection_buffer_ = 0;
    std::uint64_t body_bytes_ = 0;
    framing framing_;
};

}  // namespace aisle::playground
