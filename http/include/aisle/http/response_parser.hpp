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

/// Parses one HTTP/1.1 answer from raw bytes and gives out its body as views of them. Sans-IO; not thread-safe.
///
/// The head is parsed by boost::beast::http::basic_parser, a chunked body by chunk_reader. Chunk lines, chunk
/// extensions and trailers are stripped, interim answers (1xx) skipped. Taken as Go and curl take them: a status line
/// without reason phrase and blank, blanks after a chunk's size, and empty lines after an answer that ends its
/// connection. Refused: lines of a chunked body that end with LF alone, and Content-Length together with
/// Transfer-Encoding. Body bytes are given out as they arrive, without waiting for the end of their chunk: AIStore
/// holds that back for 100 ms. Bodies have no size limit.
class response_parser {
public:
    /// The most that a head may take, all fields together, and the most that a chunk line or the trailers may.
    static constexpr std::size_t max_head_bytes = 64 * 1024;

    enum class body { expected, none };  ///< none: the answer to a HEAD

    explicit response_parser(body b = body::expected);
    ~response_parser();
    response_parser(response_parser&&) noexcept;
    response_parser& operator=(response_parser&&) noexcept;

    /// Parses as much of one contiguous buffer as can be; what is left over must be given again, with more behind it,
    /// at any address. Body runs are appended to `pieces`, each inside `raw`, none empty. Returns the bytes consumed.
    ///
    /// Errors: bad_http, unframed_body, limit_exceeded, and trailing_data when called with bytes after complete();
    /// a call in which the message completes leaves what is behind it unconsumed.
    result<std::size_t> parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces);

    /// The stream has ended: nothing if the message is complete, else what that means: truncated_body, or
    /// connection_lost within the head.
    result<void> end_of_stream() const;

    bool head_done() const noexcept;
    /// The whole message is here: final chunk and trailers, or the declared length.
    bool complete() const noexcept;
    /// The connection may serve another request after this answer (RFC 9112, section 9.3).
    bool keep_alive() const noexcept;
    /// 0 before there is a final status.
    int status() const noexcept;
    /// The first field of this name, compared without case; empty when absent. Valid while the parser lives.
    std::string_view header(std::string_view name) const noexcept;
    /// Body bytes given out so far.
    std::uint64_t body_bytes() const noexcept;
    /// Body bytes still to come, where the head declares a length.
    std::optional<std::uint64_t> body_left() const noexcept;
    /// `e` with the place: status and body offset.
    error located(error e) const;

private:
    class impl;
    result<std::size_t> parse_head(std::span<std::byte> raw);
    result<std::size_t> parse_body(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces);

    std::unique_ptr<impl> impl_;
};

}  // namespace aisle::http
