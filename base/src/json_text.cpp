#include <aisle/base/hex.hpp>
#include <aisle/base/json_text.hpp>
#include <aisle/base/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace aisle::base {
namespace {

constexpr std::uint64_t ones = 0x0101010101010101;
constexpr std::uint64_t high_bits = 0x8080808080808080;

constexpr std::uint64_t repeated(char c) noexcept {
    return ones * static_cast<unsigned char>(c);
}

bool is_plain(char c, json_escapes escapes) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\') return false;
    return escapes == json_escapes::needed || (c != '<' && c != '>' && c != '&');
}

// True when none of the eight bytes needs a closer check. The subtraction sets the top bit of each byte below the
// subtrahend, and possibly of bytes above such a byte; any other byte with its top bit set is not ASCII.
bool all_plain(char const* at, json_escapes escapes) noexcept {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    auto special = word | (word - ones * 0x20);
    special |= ((word ^ repeated('"')) - ones) | ((word ^ repeated('\\')) - ones);
    if (escapes == json_escapes::as_go)
        special |= ((word ^ repeated('<')) - ones) | ((word ^ repeated('>')) - ones) | ((word ^ repeated('&')) - ones);
    return (special & high_bits) == 0;
}

// The same for a whole text; its last eight bytes may be checked twice.
bool is_plain_throughout(std::string_view text, json_escapes escapes) noexcept {
    constexpr std::size_t word = 8;
    if (text.size() < word) return std::ranges::all_of(text, [=](char c) { return is_plain(c, escapes); });
    for (std::size_t i = 0; i + word <= text.size(); i += word)
        if (!all_plain(text.data() + i, escapes)) return false;
    return all_plain(text.data() + text.size() - word, escapes);
}

void append_ascii_escape(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    out += "\\u00";
    append_hex(out, c);
}

}  // namespace

bool is_plain_json(std::string_view text) noexcept {
    return is_plain_throughout(text, json_escapes::needed);
}

void append_json_string(std::string& out, std::string_view text, json_escapes escapes) {
    out += '"';
    if (is_plain_throughout(text, escapes)) {
        out.append(text).push_back('"');
        return;
    }
    std::size_t run = 0;
    std::size_t i = 0;
    auto const flush = [&] { out.append(text, run, i - run); };
    while (i < text.size()) {
        if (i + 8 <= text.size() && all_plain(text.data() + i, escapes)) {
            i += 8;
            continue;
        }
        if (is_plain(text[i], escapes)) {
            ++i;
            continue;
        }
        if (static_cast<unsigned char>(text[i]) < 0x80) {
            flush();
            append_ascii_escape(out, text[i]);
            run = ++i;
            continue;
        }
        auto const rest = text.substr(i);
        auto const bytes = utf8_sequence_bytes(rest);
        bool const separator = rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9");
        if (bytes != 0 && !(separator && escapes == json_escapes::as_go)) {
            i += bytes;
            continue;
        }
        flush();
        out += bytes == 0 ? "\\ufffd" : rest[2] == '\xa8' ? "\\u2028" : "\\u2029";
        i += bytes == 0 ? 1 : bytes;
        run = i;
    }
    flush();
    out += '"';
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

void append_json_number(std::string& out, std::int64_t number) {
    char digits[20];
    auto const [end, ec] = std::to_chars(digits, digits + sizeof digits, number);
    out.append(digits, end);
}

}  // namespace aisle::base
