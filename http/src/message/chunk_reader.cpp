#include "chunk_reader.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace aisle::http {
namespace {

constexpr std::uint64_t most_before_digit = UINT64_MAX >> 4;
constexpr char const* bare_line_feed = "chunked body: a line ends with LF alone, not with CRLF (RFC 9112, section 7.1)";
constexpr char const* overlong_chunk = "chunked body: a chunk is longer than its declared size";

constexpr std::uint8_t not_a_digit = 0xff;

constexpr std::array<std::uint8_t, 256> make_hex_digits() {
    std::array<std::uint8_t, 256> values{};
    values.fill(not_a_digit);
    std::uint8_t value = 0;
    for (char const c : std::string_view("0123456789abcdef")) values[static_cast<unsigned char>(c)] = value++;
    for (value = 10; char const c : std::string_view("ABCDEF")) values[static_cast<unsigned char>(c)] = value++;
    return values;
}

constexpr auto hex_digits = make_hex_digits();

std::uint8_t hex_digit(char c) noexcept {
    return hex_digits[static_cast<unsigned char>(c)];
}

}  // namespace

result<std::size_t> chunk_reader::parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces) {
    auto* at = raw.data();
    auto* const end = at + raw.size();
    while (at != end && !done()) {
        if (place_ == place::data) {
            auto const n = static_cast<std::size_t>(std::min(left_, static_cast<std::uint64_t>(end - at)));
            pieces.emplace_back(at, n);
            at += n;
            left_ -= n;
            if (left_ == 0) place_ = place::data_return;
        } else if (auto const line = take_plain_line({at, end})) {
            at += line;
        } else {
            if (!take(static_cast<char>(*at))) return error{fault_code_, stage::response, fault_};
            ++at;
        }
    }
    return static_cast<std::size_t>(at - raw.data());
}

// Parses in one step what usually separates two chunks: CRLF, a size of a few digits, CRLF. Returns its length, or 0 if
// it is anything else or incomplete; take() then parses it byte by byte.
std::size_t chunk_reader::take_plain_line(std::span<std::byte const> raw) noexcept {
    constexpr std::size_t most_digits = 8;
    if (place_ != place::data_return || raw.size() < most_digits + 4) return 0;
    auto const* const text = reinterpret_cast<unsigned char const*>(raw.data());
    if (text[0] != '\r' || text[1] != '\n') return 0;
    std::uint64_t size = 0;
    std::size_t i = 2;
    for (; i < 2 + most_digits; ++i) {
        auto const digit = hex_digits[text[i]];
        if (digit == not_a_digit) break;
        size = size << 4 | digit;
    }
    if (size == 0 || text[i] != '\r' || text[i + 1] != '\n') return 0;
    left_ = size;
    place_ = place::data;
    return i + 2;
}

bool chunk_reader::next(place p) noexcept {
    place_ = p;
    return true;
}

bool chunk_reader::refuse(char const* text, errc code) noexcept {
    fault_ = text;
    fault_code_ = code;
    return false;
}

// Parses one byte of the framing.
bool chunk_reader::take(char c) noexcept {
    switch (place_) {
        case place::size:
            if (hex_digit(c) != not_a_digit) return add_digit(c);
            if (c == '\n' && has_digits_) return refuse(bare_line_feed);
            if (!has_digits_) return refuse("chunked body: a line does not start with a chunk size");
            [[fallthrough]];
        case place::blanks:
            if (c == ' ' || c == '\t') {
                next(place::blanks);
                return line_goes_on(c, place::line_feed);
            }
            if (c != ';' && c != '\r' && c != '\n')
                return refuse("chunked body: a chunk size is followed by neither an extension nor CRLF");
            next(place::extension);
            [[fallthrough]];
        case place::extension: return line_goes_on(c, place::line_feed);
        case place::line_feed:
            if (c != '\n') return refuse("chunked body: CR without LF in a chunk line");
            line_bytes_ = 0;
            has_digits_ = false;
            return next(left_ > 0 ? place::data : place::trailer_begin);
        case place::data_return:
            if (c == '\n') return refuse(bare_line_feed);
            if (c != '\r') return refuse(overlong_chunk);
            return next(place::data_feed);
        case place::data_feed:
            if (c != '\n') return refuse(overlong_chunk);
            return next(place::size);
        case place::trailer_begin:
            if (c == '\r') return next(place::last_feed);
            next(place::trailer);
            [[fallthrough]];
        case place::trailer: return line_goes_on(c, place::trailer_feed);
        case place::trailer_feed:
            if (c != '\n') return refuse("chunked body: CR without LF in a trailer");
            return next(place::trailer_begin);
        case place::last_feed:
            if (c != '\n') return refuse("chunked body: CR without LF at the end");
            return next(place::done);
        case place::data:
        case place::done: break;  // not framing
    }
    return true;
}

bool chunk_reader::add_digit(char c) noexcept {
    if (left_ > most_before_digit) return refuse("chunked body: a chunk size of 2^64 bytes or more");
    left_ = left_ << 4 | hex_digit(c);
    has_digits_ = true;
    return line_goes_on(c, place::line_feed);
}

// Parses one byte of a line whose text is ignored.
bool chunk_reader::line_goes_on(char c, place at_return) noexcept {
    if (c == '\n') return refuse(bare_line_feed);
    if (c == '\0') return refuse("chunked body: NUL in a chunk line or trailer");
    if (++line_bytes_ > max_line_bytes) return refuse("chunk line or trailers over 64 KiB", errc::limit_exceeded);
    if (c == '\r') next(at_return);
    return true;
}

}  // namespace aisle::http
