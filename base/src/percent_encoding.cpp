#include <aisle/base/ascii.hpp>
#include <aisle/base/hex.hpp>
#include <aisle/base/percent_encoding.hpp>

namespace aisle::base {

std::string percent_encode(std::string_view text, std::string_view kept) {
    constexpr std::string_view unreserved_marks = "-._~";
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        if (is_alphanumeric(c) || unreserved_marks.find(c) != text.npos || kept.find(c) != text.npos) {
            out += c;
        } else {
            out += '%';
            append_hex(out, c, upper_hex_digits);
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        int const high = hex_value(text[i + 1]);
        int const low = hex_value(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace aisle::base
