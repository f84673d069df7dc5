#include "answer_error.hpp"

#include "answer_text.hpp"

#include <aisle/codec/moss.hpp>

namespace aisle::detail {
namespace {

constexpr std::size_t max_error_bytes = 64 * 1024;

char const* what_to_do(int status) {
    switch (status) {
        case 400: return "the server refused the request";
        case 401: return "the server wants a valid token";
        case 403: return "the token does not allow this";
        case 404: return "the bucket does not exist, or the redirect was used or has expired";
        case 409: return "the cluster's membership is changing; ask again";
        case 429: return "the server has too many requests pending; ask again later, with fewer in flight";
        case 503: return "the server is starting or overloaded; ask again later";
        default: return "unexpected status";
    }
}

}  // namespace

error answer_error(int status, std::string_view body, std::string_view designated_target, std::string& node) {
    error e{errc::server_error, stage::response, what_to_do(status)};
    if (!designated_target.empty()) e.text += ", said " + std::string(designated_target);
    e.http_status = status;
    if (auto told = codec::read_error(body)) {
        e.server_text = std::move(told->message);
        e.server_code = std::move(told->tcode);
        node = std::move(told->node);
    } else {
        e.server_text = std::string(body.substr(0, 1024));
    }
    return e;
}

http::task<error> read_answer_error(http::response& answer, std::string& node) {
    std::string body;
    auto reading = read_text(answer, max_error_bytes, body);
    co_await std::move(reading);  // where it fails, the status says enough
    if (!check_content_encoding(answer.header("Content-Encoding"))) body.clear();  // unreadable
    co_return answer_error(answer.status(), body, answer.final_url().authority(), node);
}

}  // namespace aisle::detail
