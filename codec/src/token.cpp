#include <aisle/codec/token.hpp>

#include <simdjson.h>

#include <algorithm>

namespace aisle::codec {
namespace {

constexpr std::string_view white_space = " \t\r\n";

error refused(char const* words) {
    return {errc::invalid_argument, stage::usage, words};
}

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(white_space);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

// simdjson's words for what is wrong are left out, so that nobody needs to know whether they quote.
result<std::string> read_json(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    std::string_view token;
    if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS)
        return refused("the token file begins as JSON and is none");
    if (document["token"].get(token) != simdjson::SUCCESS)
        return refused("the token file is JSON without a text called \"token\"");
    return std::string(token);
}

}  // namespace

result<void> check_token(std::string_view token) {
    if (token.empty()) return refused("the token is empty");
    if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; }))
        return refused("the token has a byte that is no visible ASCII: a line end or a space, perhaps");
    return {};
}

result<std::string> read_token(std::string text) {
    auto const inner = trimmed(text);
    auto token = inner.starts_with('{') ? read_json(inner) : result<std::string>(std::string(inner));
    if (token)
        if (auto const fits = check_token(*token); !fits) return fits.error();
    return token;
}

}  // namespace aisle::codec
