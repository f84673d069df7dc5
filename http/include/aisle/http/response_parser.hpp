#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::http {

/// Parses one HTTP/1.1 answer from raw bytes and gives out its body as views of them. Sans-IO.
///
/// A boost::beast::http::basic_parser underneath: its body views point into the buffer it is given, which is the
/// supported way to zero copy. Chunk lines, extensions and trailers are stripped. Body bytes are given out as they
/// arrive, without waiting for the end of their chunk: AIStore holds that back for 100 ms.
class response_parser {
public:
    response_parser();
    ~response_parser();
    response_parser(response_parser&&) noexcept;
    response_parser& operator=(response_parser&&) noexcept;

    /// Parses as much of one contiguous buffer as can be; what is left over must be given again, with more behind it.
    /// Body runs found are appended to pieces. Returns the bytes consumed. Errors: bad_http, unframed_body,
    /// trailing_data (bytes behind the end), limit_exceeded (head over 64 KiB).
    result<std::size_t> parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces);
    /// The connection has ended: nothing if the message is complete, else truncated_body or connection_lost.
    result<void> end_of_stream();

    bool head_done() const noexcept;
    /// The whole message is here: final chunk and trailers, or the declared length.
    bool complete() const noexcept;
    /// The connection may serve another request after this answer (RFC 9112, section 9.3).
    bool keep_alive() const noexcept;
    int status() const noexcept;
    /// Value of a field, case-insensitive name; empty when absent. Valid while the parser lives.
    std::string_view header(std::string_view name) const noexcept;
    std::uint64_t body_bytes() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace aisle::http
