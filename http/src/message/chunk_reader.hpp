#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aisle::http {

/// Removes the framing of a chunked body (RFC 9112, section 7.1): skips chunk lines, extensions and trailers, and
/// returns data as it arrives. Sans-IO, a plain value.
///
/// Blanks after a chunk size are accepted, as in Go and curl. A line that ends with LF alone is an error: disagreement
/// about line ends is what request and response smuggling exploit.
class chunk_reader {
public:
    /// Limit of a chunk line, and of all trailers together, in bytes.
    static constexpr std::size_t max_line_bytes = 64 * 1024;

    /// Parses all of `raw`, or up to the end of the body. Runs of data are appended to `pieces`, each inside `raw`,
    /// none empty. Returns the bytes consumed. Errors: bad_http, limit_exceeded; the reader cannot continue afterwards.
    result<std::size_t> parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces);

    /// The last chunk and the trailers were parsed.
    bool done() const noexcept { return place_ == place::done; }

private:
    enum class place : std::uint8_t {
        size,
        blanks,     // after the size
        extension,  // from ';'
        line_feed,  // of a chunk line
        data,
        data_return,  // the CRLF after a chunk's data
        data_feed,
        trailer_begin,  // the start of a trailer, or the empty line that ends the body
        trailer,
        trailer_feed,
        last_feed,
        done
    };

    // False: the framing is invalid, and fault_ has the reason.
    bool take(char c) noexcept;
    bool add_digit(char c) noexcept;
    bool line_goes_on(char c, place at_return) noexcept;
    bool refuse(char const* text, errc code = errc::bad_http) noexcept;
    bool next(place p) noexcept;
    std::size_t take_plain_line(std::span<std::byte const> raw) noexcept;

    char const* fault_ = nullptr;
    errc fault_code_{};
    std::uint64_t left_ = 0;  // bytes left of a chunk's data; its size so far while that is parsed
    std::size_t line_bytes_ = 0;
    bool has_digits_ = false;
    place place_ = place::size;
};

}  // namespace aisle::http
