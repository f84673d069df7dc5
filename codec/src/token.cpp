#include <aisle/base/ascii.hpp>
#include <aisle/codec/token.hpp>

#include <simdjson.h>

#include <algorithm>

namespace aisle::codec {
namespace {

constexpr std::string_view white_space = " \t\r\n";

error refused(char const* words) {
    return {errc::invalid_argument, stage::usage, words};
}

// simdjson's error text is dropped, so that it cannot quote the token.
result<std::string> read_json(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    std::string_view token;
    if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS)
        return refused("the token file looks like JSON but does not parse");
    if (document["token"].get(token) != simdjson::SUCCESS)
        return refused("the token file is JSON without a string \"token\"");
    return std::string(token);
}

}  // namespace

result<void> check_token(std::string_view token) {
    if (token.empty()) return refused("the token is empty");
    if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; }))
        return refused("the token has a byte that is not visible ASCII, such as a space or line break");
    return {};
}

result<std::string> read_token(std::string text) {
    auto const inner = base::trimmed(text, white_space);
    auto token = inner.starts_with('{') ? read_json(inner) : result<std::string>(std::string(inner));
    if (token)
        if (auto const fits = check_token(*token); !fits) return fits.error();
    return token;
}

}  // namespace aisle::codec
