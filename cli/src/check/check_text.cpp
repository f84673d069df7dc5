#include "check_text.hpp"

#include <aisle/codec/base64.hpp>

#include <simdjson.h>

#include <algorithm>
#include <ctime>

namespace aisle::cli {

std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string const& text) {
    std::tm utc{};
    auto const* const end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    if (!end || *end != '\0') return std::nullopt;
    return std::chrono::system_clock::from_time_t(timegm(&utc));
}

std::optional<std::chrono::system_clock::time_point> token_expiry(std::string_view authorization) {
    auto const first = authorization.find('.');
    auto const second = first == authorization.npos ? first : authorization.find('.', first + 1);
    if (second == authorization.npos) return std::nullopt;
    std::string payload(authorization.substr(first + 1, second - first - 1));
    // From the URL-safe alphabet without padding to the standard form.
    std::ranges::replace(payload, '-', '+');
    std::ranges::replace(payload, '_', '/');
    payload.append((4 - payload.size() % 4) % 4, '=');
    auto const bytes = codec::decode_base64(payload);
    if (!bytes) return std::nullopt;
    simdjson::dom::parser parser;
    simdjson::dom::element claims;
    std::int64_t expiry = 0;
    auto const code = parser.parse(reinterpret_cast<char const*>(bytes->data()), bytes->size()).get(claims);
    if (code != simdjson::SUCCESS || claims["exp"].get(expiry) != simdjson::SUCCESS) return std::nullopt;
    return std::chrono::system_clock::from_time_t(static_cast<std::time_t>(expiry));
}

std::string version_in(std::string const& json) {
    simdjson::dom::parser parser;
    simdjson::dom::element status;
    std::string_view version;
    if (parser.parse(json).get(status) != simdjson::SUCCESS) return {};
    return status["ais_version"].get(version) == simdjson::SUCCESS ? std::string(version) : std::string();
}

}  // namespace aisle::cli
