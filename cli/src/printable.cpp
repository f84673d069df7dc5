#include "printable.hpp"

#include "utf8.hpp"

namespace aisle::cli {
namespace {

constexpr char hex[] = "0123456789abcdef";

bool commands_terminal(std::string_view sequence) {
    unsigned char const first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
    if (sequence.size() == 2) return first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;  // C1
    // U+202A..U+202E and U+2066..U+2069 make a name read as another one.
    return (sequence >= "\u202a" && sequence <= "\u202e") || (sequence >= "\u2066" && sequence <= "\u2069");
}

void append_hex(std::string& out, std::string_view bytes) {
    for (unsigned char const c : bytes) {
        out += "\\x";
        out += hex[c >> 4];
        out += hex[c & 15];
    }
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        auto const size = utf8_sequence(text);
        auto const bytes = text.substr(0, size ? size : 1);
        if (size && !commands_terminal(bytes))
            out += bytes;
        else
            append_hex(out, bytes);
        text.remove_prefix(bytes.size());
    }
    return out;
}

void append_json(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        auto const size = utf8_sequence(text);
        auto const bytes = text.substr(0, size ? size : 1);
        unsigned char const c = static_cast<unsigned char>(bytes[0]);
        if (size == 0) {
            out += "\\ufffd";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += bytes;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c < 0x20 || c == 0x7f) {
            out += "\\u00";
            out += hex[c >> 4];
            out += hex[c & 15];
        } else {
            out += bytes;
        }
        text.remove_prefix(bytes.size());
    }
    out += '"';
}

}  // namespace aisle::cli
