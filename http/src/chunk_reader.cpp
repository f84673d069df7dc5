#include "chunk_reader.hpp"

#include <algorithm>
#include <string>

namespace aisle::http {
namespace {

constexpr std::uint64_t most_before_digit = UINT64_MAX >> 4;

error bad(char const* text) {
    return {errc::bad_http, stage::response, text};
}

error bare_line_feed() {
    return bad("chunked body: a line ends with LF alone, not with CRLF (RFC 9112, section 7.1)");
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

result<std::size_t> chunk_reader::parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces) {
    std::size_t used = 0;
    while (used < raw.size() && !done()) {
        if (place_ == place::data) {
            auto const run = raw.subspan(used, std::min<std::uint64_t>(left_, raw.size() - used));
            pieces.push_back(run);
            used += run.size();
            left_ -= run.size();
            if (left_ == 0) next(place::data_return);
        } else {
            if (auto ok = take(static_cast<char>(raw[used])); !ok) return ok.error();
            ++used;
        }
    }
    return used;
}

// One byte of the framing.
result<void> chunk_reader::take(char c) {
    switch (place_) {
        case place::size:
            if (hex_digit(c) >= 0) return add_digit(c);
            if (c == '\n' && has_digits_) return bare_line_feed();
            if (!has_digits_) return bad("chunked body: a line does not begin with a chunk's size");
            [[fallthrough]];
        case place::blanks:
            if (c == ' ' || c == '\t') {
                next(place::blanks);
                return line_goes_on(c, place::line_feed);
            }
            if (c != ';' && c != '\r' && c != '\n')
                return bad("chunked body: a chunk's size is followed by neither extension nor CRLF");
            next(place::extension);
            [[fallthrough]];
        case place::extension: return line_goes_on(c, place::line_feed);
        case place::line_feed:
            if (c != '\n') return bad("chunked body: CR without LF in a chunk line");
            next(left_ > 0 ? place::data : place::trailer_begin);
            line_bytes_ = 0;
            has_digits_ = false;
            return {};
        case place::data_return:
            if (c == '\n') return bare_line_feed();
            if (c != '\r') return bad("chunked body: a chunk is longer than its size says");
            next(place::data_feed);
            return {};
        case place::data_feed:
            if (c != '\n') return bad("chunked body: a chunk is longer than its size says");
            next(place::size);
            return {};
        case place::trailer_begin:
            if (c == '\r') {
                next(place::last_feed);
                return {};
            }
            next(place::trailer);
            [[fallthrough]];
        case place::trailer: return line_goes_on(c, place::trailer_feed);
        case place::trailer_feed:
            if (c != '\n') return bad("chunked body: CR without LF in a trailer");
            next(place::trailer_begin);
            return {};
        case place::last_feed:
            if (c != '\n') return bad("chunked body: CR without LF at its end");
            next(place::done);
            return {};
        case place::data:
        case place::done: break;  // not framing
    }
    return {};
}

result<void> chunk_reader::add_digit(char c) {
    if (left_ > most_before_digit) return bad("chunked body: a chunk size over 2^64 bytes");
    left_ = left_ * 16 + static_cast<std::uint64_t>(hex_digit(c));
    has_digits_ = true;
    return line_goes_on(c, place::line_feed);
}

// A byte of a line whose text nobody needs.
result<void> chunk_reader::line_goes_on(char c, place at_return) {
    if (c == '\n') return bare_line_feed();
    if (c == '\0') return bad("chunked body: NUL in a chunk line or trailer");
    if (++line_bytes_ > max_line_bytes)
        return error{errc::limit_exceeded, stage::response, "a chunk line or trailers over 64 KiB"};
    if (c == '\r') next(at_return);
    return {};
}

}  // namespace aisle::http
