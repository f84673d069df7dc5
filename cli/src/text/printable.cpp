#include "printable.hpp"

#include <aisle/base/hex.hpp>
#include <aisle/base/utf8.hpp>

namespace aisle::cli {
namespace {

bool controls_terminal(std::string_view sequence) {
    unsigned char const first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
    if (sequence.size() == 2) return first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;  // C1
    // U+202A..U+202E and U+2066..U+2069 change the order in which a name is displayed.
    return (sequence >= "\u202a" && sequence <= "\u202e") || (sequence >= "\u2066" && sequence <= "\u2069");
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        auto const size = base::utf8_sequence_bytes(text);
        auto const bytes = text.substr(0, size ? size : 1);
        if (size && !controls_terminal(bytes))
            out += bytes;
        else
            for (char const c : bytes) base::append_hex(out += "\\x", c);
        text.remove_prefix(bytes.size());
    }
    return out;
}

}  // namespace aisle::cli
