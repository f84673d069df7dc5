#include "answer_text.hpp"

#include <aisle/codec/json/get_batch.hpp>

#include <algorithm>
#include <charconv>

namespace aisle::detail {
namespace {

constexpr std::size_t max_error_bytes = 64 * 1024;
constexpr std::size_t max_shown_bytes = 1024;

char const* what_to_do(int status) {
    switch (status) {
        case 400: return "the server refused the request";
        case 401: return "the server requires a valid token";
        case 403: return "the token does not allow this";
        case 404: return "the bucket does not exist, or the redirect was already used or has expired";
        case 409: return "the cluster's membership is changing; try again";
        case 429: return "the server has too many requests pending; try again later, with fewer in flight";
        case 503: return "the server is starting or overloaded; try again later";
        default: return "unexpected status";
    }
}

// Text, not the bytes of an archive.
bool is_text(std::string_view body) {
    return std::ranges::none_of(body.substr(0, max_shown_bytes), [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\x1b') || byte == 0x7f;
    });
}

}  // namespace

http::task<result<void>> read_text(http::response& answer, std::size_t most, std::string& into) {
    partial_payload nothing{};
    while (!answer.complete() && into.size() < most) {
        auto reading = answer.read(nothing);
        auto read = co_await std::move(reading);
        if (!read) co_return read;
        for (auto const piece : answer.pieces()) into.append(reinterpret_cast<char const*>(piece.data()), piece.size());
    }
    co_return result<void>{};
}

std::optional<std::uint64_t> number_in(http::response const& answer, std::string_view field) {
    auto const text = answer.header(field);
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

error answer_error(int status, std::string_view body, std::string_view designated_target, std::string& node) {
    error e{errc::server_error, stage::response, what_to_do(status)};
    if (!designated_target.empty()) e.text += ", reported by " + std::string(designated_target);
    e.http_status = status;
    if (auto told = codec::read_error(body)) {
        e.server_text = std::move(told->message);
        e.server_code = std::move(told->tcode);
        node = std::move(told->node);
    } else if (is_text(body)) {
        e.server_text = std::string(body.substr(0, max_shown_bytes));
    } else {
        e.text += "; its body is not text";
    }
    return e;
}

http::task<error> read_answer_error(http::response& answer, std::string& node) {
    std::string body;
    auto reading = read_text(answer, max_error_bytes, body);
    co_await std::move(reading);  // if this fails, the status is enough
    if (!check_content_encoding(answer.header("Content-Encoding"))) body.clear();  // unreadable
    co_return answer_error(answer.status(), body, answer.final_url().authority(), node);
}

result<void> check_content_encoding(std::string_view field) {
    constexpr std::string_view none = "identity";
    constexpr std::size_t max_quoted_bytes = 100;
    bool const is_none =
        std::ranges::equal(field, none, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
    if (field.empty() || is_none) return {};
    return error{
        errc::content_encoding, stage::response,
        "Content-Encoding: " + std::string(field.substr(0, max_quoted_bytes)) +
            ", which was not requested: a proxy or load balancer between client and AIStore compresses responses; "
            "turn that off for this path, or use an endpoint that bypasses it"};
}

}  // namespace aisle::detail
