#pragma once

#include <aisle/codec/tar/tar_header.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace aisle::test {

/// A tar header block for tests, honest by default, with every field open to be spoilt. Independent of codec's writer.
struct tar_block_builder {
    std::string name = "a";
    std::string size = "00000000000";
    char type = '0';
    std::string magic{
        "ustar\0"
        "00",
        8};
    std::string prefix = {};
    bool signed_checksum = false;
    std::string trailer = {};  ///< star's, in the last four bytes

    std::string bytes() const {
        std::string block(codec::tar_block_bytes, '\0');
        auto const put = [&](std::size_t at, std::string_view text) { block.replace(at, text.size(), text); };
        put(0, name);
        put(100, "0000644");
        put(108, "0000000");
        put(116, "0000000");
        put(124, size);
        put(136, "00000000000");
        put(148, "        ");
        block[156] = type;
        put(257, magic);
        put(345, prefix);
        put(508, trailer);
        int sum = 0;
        for (char c : block) sum += signed_checksum ? static_cast<signed char>(c) : static_cast<unsigned char>(c);
        char text[8];
        std::snprintf(text, sizeof text, "%06o", static_cast<unsigned>(sum));
        put(148, std::string_view(text, 7));
        return block;
    }
};

inline std::string octal11(std::uint64_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "%011llo", static_cast<unsigned long long>(number));
    return text;
}

inline std::string padded(std::string payload) {
    payload.resize(payload.size() + codec::tar_padding(payload.size()));
    return payload;
}

/// A header of this type with its data and padding.
inline std::string tar_member(tar_block_builder header, std::string const& data) {
    header.size = octal11(data.size());
    return header.bytes() + padded(data);
}

/// "LENGTH KEYWORD=VALUE\n", with the length right.
inline std::string pax_record(std::string const& keyword, std::string const& value) {
    auto const rest = " " + keyword + "=" + value + "\n";
    auto length = rest.size();
    while (std::to_string(length).size() + rest.size() != length) ++length;
    return std::to_string(length) + rest;
}

inline std::string pax_header(std::string const& records, char type = 'x') {
    return tar_member({.name = "PaxHeaders.0/a", .type = type}, records);
}

inline std::string tar_end() {
    return std::string(2 * codec::tar_block_bytes, '\0');
}

}  // namespace aisle::test
