#include "bearer_token.hpp"

#include "printable.hpp"

#include <simdjson.h>

#include <algorithm>
#include <fstream>

namespace aisle::cli {
namespace {

constexpr std::size_t largest_token_bytes = std::size_t{64} << 10;

error unusable(std::string text) {
    return {errc::invalid_argument, stage::usage, std::move(text)};
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    auto const first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

std::string token_in(std::string const& text) {
    auto const plain = trimmed(text);
    if (!plain.starts_with('{')) return plain;
    simdjson::dom::parser parser;
    std::string_view token;
    return parser.parse(plain)["token"].get(token) == simdjson::SUCCESS ? trimmed(token) : std::string();
}

result<std::string> read_file(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(largest_token_bytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad()) return unusable("the token file '" + printable(path) + "' cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > largest_token_bytes)
        return unusable("the token file '" + printable(path) + "' is larger than 64 KiB");
    auto token = token_in(text);
    if (token.empty()) return unusable("the token file '" + printable(path) + "' holds no token");
    return token;
}

}  // namespace

result<std::string> bearer_token(credentials const& who) {
    std::string token = trimmed(who.token);
    if (token.empty() && !who.token_file.empty()) {
        auto read = read_file(who.token_file);
        if (!read) return read;
        token = std::move(*read);
    }
    // Visible ASCII is all a bearer token is made of (RFC 6750, section 2.1), and nothing else is safe in a field.
    if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; }))
        return unusable("the token has characters that no token has");
    return token;
}

}  // namespace aisle::cli
