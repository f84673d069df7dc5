#include <aisle/codec/base64.hpp>

#include <array>
#include <cstdint>

namespace aisle::codec {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t not_a_digit = 0xff;

constexpr auto digit_of = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(not_a_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

}  // namespace

void append_base64(std::string& out, std::span<std::byte const> bytes) {
    auto const at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
    auto const put = [&](unsigned bits) { out += alphabet[bits & 63]; };
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        auto const group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        for (unsigned shift : {18u, 12u, 6u, 0u}) put(group >> shift);
    }
    if (bytes.size() - i == 1) {
        put(at(i) >> 2);
        put(at(i) << 4);
        out += "==";
    } else if (bytes.size() - i == 2) {
        put(at(i) >> 2);
        put(at(i) << 4 | at(i + 1) >> 4);
        put(at(i + 1) << 2);
        out += '=';
    }
}

std::optional<std::vector<std::byte>> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    std::vector<std::byte> out;
    out.reserve(text.size() / 4 * 3 + 2);
    unsigned bits = 0;
    unsigned held = 0;
    for (unsigned char const c : text) {
        auto const digit = digit_of[c];
        if (digit == not_a_digit) return std::nullopt;
        bits = (bits << 6 | digit) & 0xfff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out.push_back(static_cast<std::byte>(bits >> held));
    }
    // 2 digits leave 4 bits and need "==", 3 leave 2 and need "="; a standard encoder leaves those bits zero.
    if (held != padding * 2 || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
    return out;
}

}  // namespace aisle::codec
