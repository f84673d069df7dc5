#include "request_head.hpp"

#include <aisle/base/ascii.hpp>

#include <algorithm>
#include <string_view>

namespace aisle::http {
namespace {

bool is_visible(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_field_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

result<recycled_string> request_head(request const& r, url const& to, std::string const& user_agent) {
    auto const refuse = [](std::string text) { return error{errc::invalid_argument, stage::request, std::move(text)}; };
    if (!base::is_token(r.method)) return refuse("invalid method: it must be a token");
    bool const is_target =
        to.path.starts_with('/') && is_visible(to.path) && (to.query.empty() || is_visible(to.query));
    if (!is_target) return refuse("invalid request target: percent-encode it");
    if (!is_visible(to.host)) return refuse("invalid host");

    recycled_string out;
    out.reserve(512);
    auto const line = [&](std::string_view name, std::string_view value) {
        out.append(name).append(": ").append(value).append("\r\n");
    };
    out.append(r.method).append(" ").append(to.path);
    if (!to.query.empty()) out.append("?").append(to.query);
    out.append(" HTTP/1.1\r\n");
    line("Host", to.host_field());
    if (!user_agent.empty()) line("User-Agent", user_agent);
    line("Accept-Encoding", "identity");  // without it any coding would be acceptable (RFC 9110, section 12.5.3)
    if (!r.content_type.empty()) line("Content-Type", r.content_type);
    bool const wants_length = r.body || r.source || r.method == "POST" || r.method == "PUT";
    auto const length = r.source ? r.source->size() : r.body ? r.body->size() : 0;
    if (wants_length) line("Content-Length", std::to_string(length));
    for (auto const& f : r.extra) {
        if (!base::is_token(f.name)) return refuse("invalid field name: it must be a token");
        line(f.name, f.value);
    }
    auto const values_fit =
        is_field_value(user_agent) && is_field_value(r.content_type) &&
        std::all_of(r.extra.begin(), r.extra.end(), [](field const& f) { return is_field_value(f.value); });
    if (!values_fit) return refuse("a field value contains a line end");
    out.append("\r\n");
    return out;
}

}  // namespace aisle::http
