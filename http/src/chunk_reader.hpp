#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aisle::http {

/// Takes the framing off a chunked body (RFC 9112, section 7.1): chunk lines, extensions and trailers are passed over,
/// data is given out as it comes. Sans-IO, a plain value.
///
/// Blanks after a chunk's size are taken, as Go and curl take them. A line that ends with LF alone is refused at once:
/// where it ends is what request and response smuggling are made of.
class chunk_reader {
public:
    /// The most bytes that a chunk line, or all trailers together, may have.
    static constexpr std::size_t max_line_bytes = 64 * 1024;

    /// Reads all of `raw`, or up to the end of the body. Runs of data are appended to `pieces`, each inside `raw`, none
    /// empty. Returns the bytes read. Errors: bad_http, limit_exceeded; then there is no going on.
    result<std::size_t> parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces);

    /// The last chunk and the trailers have been read.
    bool done() const noexcept { return place_ == place::done; }

private:
    enum class place : std::uint8_t {
        size,
        blanks,     // after the size
        extension,  // from ';' on
        line_feed,  // of a chunk line
        data,
        data_return,  // the CRLF after a chunk's data
        data_feed,
        trailer_begin,  // where a trailer begins, or the empty line that ends the body
        trailer,
        trailer_feed,
        last_feed,
        done
    };

    // False: the framing is broken, and fault_ says how.
    bool take(char c) noexcept;
    bool add_digit(char c) noexcept;
    bool line_goes_on(char c, place at_return) noexcept;
    bool refuse(char const* words, errc code = errc::bad_http) noexcept;
    bool next(place p) noexcept;
    std::size_t take_plain_line(std::span<std::byte const> raw) noexcept;

    char const* fault_ = nullptr;
    errc fault_code_{};
    std::uint64_t left_ = 0;  // of a chunk's data; its size while that is read
    std::size_t line_bytes_ = 0;
    bool has_digits_ = false;
    place place_ = place::size;
};

}  // namespace aisle::http
