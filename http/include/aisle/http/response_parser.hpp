#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace aisle::http {

/// Parses one HTTP/1.1 response from raw bytes, and returns its body as views of them. Sans-IO; not thread-safe.
///
/// The head is parsed by boost::beast::http::basic_parser, a chunked body by chunk_reader. Chunk lines, chunk
/// extensions and trailers are stripped, interim responses (1xx) skipped. Accepted, as Go and curl do: a status line
/// without reason phrase and space, blanks after a chunk size, and empty lines after a response that ends its
/// connection. Rejected: lines of a chunked body that end with LF alone, and Content-Length together with
/// Transfer-Encoding. Body bytes are returned as they arrive, without waiting for the end of their chunk, which AIStore
/// delays by 100 ms. Bodies have no size limit.
class response_parser {
public:
    /// Limit of the whole head, of a chunk line, and of the trailers, in bytes.
    static constexpr std::size_t max_head_bytes = 64 * 1024;

    enum class body { expected, none };  ///< none: the response to a HEAD

    explicit response_parser(body b = body::expected);
    ~response_parser();
    response_parser(response_parser&&) noexcept;
    response_parser& operator=(response_parser&&) noexcept;

    /// Parses as much as possible of a contiguous buffer. Unconsumed bytes must be passed again, followed by more, at
    /// any address. Body runs are appended to `pieces`, each inside `raw`, none empty. Returns the number of bytes
    /// consumed.
    ///
    /// Errors: bad_http, unframed_body, limit_exceeded, and trailing_data when called with bytes after complete(). A
    /// call that completes the message leaves the bytes after it unconsumed.
    result<std::size_t> parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces);

    /// Call it at the end of the stream. Success if the message is complete; otherwise truncated_body, or
    /// connection_lost inside the head.
    result<void> end_of_stream() const;

    bool head_done() const noexcept;
    /// The whole message was parsed: final chunk and trailers, or the declared length.
    bool complete() const noexcept;
    /// The connection may serve another request after this response (RFC 9112, section 9.3).
    bool keep_alive() const noexcept;
    /// 0 until a final status was parsed.
    int status() const noexcept;
    /// The first field with this name, case-insensitive; empty if absent. Valid while the parser lives.
    std::string_view header(std::string_view name) const noexcept;
    /// Body bytes returned so far.
    std::uint64_t body_bytes() const noexcept;
    /// Body bytes still to come, if the head declares a length.
    std::optional<std::uint64_t> body_left() const noexcept;
    /// Adds status and body offset to an error.
    error located(error e) const;

private:
    class impl;
    result<std::size_t> parse_head(std::span<std::byte> raw);
    result<std::size_t> parse_body(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces);

    std::unique_ptr<impl> impl_;
};

}  // namespace aisle::http
