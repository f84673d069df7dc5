#include "request.hpp"

#include <aisle/base/ascii.hpp>
#include <aisle/base/percent_encoding.hpp>

#include <algorithm>
#include <charconv>

namespace aisle::playground {
namespace {

error bad(std::string text) {
    return {errc::bad_http, stage::request, std::move(text)};
}

// Removes a line from the front and returns it without CRLF or bare LF (RFC 9112, section 2.2).
std::string_view take_line(std::string_view& text) noexcept {
    auto const end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

result<void> read_request_line(std::string_view line, request& r) {
    auto const method_end = line.find(' ');
    auto const target_end = method_end == line.npos ? line.npos : line.find(' ', method_end + 1);
    if (target_end == line.npos) return bad("request line without method, target, version");
    r.method = line.substr(0, method_end);
    auto target = line.substr(method_end + 1, target_end - method_end - 1);
    auto const version = line.substr(target_end + 1);
    if (!base::is_token(r.method)) return bad("method is not a token");
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("version is neither HTTP/1.1 nor HTTP/1.0");
    r.minor_version = version.back() - '0';
    if (target.starts_with("http://")) {  // absolute form, RFC 9112, section 3.2.2
        auto const slash = target.find('/', 7);
        target = slash == target.npos ? std::string_view("/") : target.substr(slash);
    }
    if (!target.starts_with('/')) return bad("target does not begin with '/'");
    if (std::ranges::any_of(target, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
        return bad("control byte in the target");
    auto const mark = std::min(target.find('?'), target.size());
    auto path = base::percent_decode(target.substr(0, mark));
    if (!path) return bad("broken percent escape in the path");
    r.path = std::move(*path);
    r.raw_query = target.substr(std::min(mark + 1, target.size()));
    r.parameters = query(r.raw_query);
    return {};
}

result<void> read_framing(request& r) {
    for (auto const& [name, value] : r.fields) {
        if (base::equal_without_case(name, "Content-Length")) {
            std::uint64_t n = 0;
            auto const [end, ec] = std::from_chars(value.data(), value.data() + value.size(), n);
            if (ec != std::errc{} || end != value.data() + value.size()) return bad("Content-Length is not a number");
            if (r.content_length && *r.content_length != n) return bad("two different Content-Length fields");
            r.content_length = n;
        } else if (base::equal_without_case(name, "Transfer-Encoding")) {
            if (!base::equal_without_case(value, "chunked")) return bad("Transfer-Encoding other than chunked");
            r.chunked = true;
        }
    }
    if (r.chunked && r.content_length) return bad("both Content-Length and Transfer-Encoding");
    auto const connection = r.field("Connection");
    r.keep_alive = r.minor_version == 1 ? !base::equal_without_case(connection, "close")
                                        : base::equal_without_case(connection, "keep-alive");
    r.expects_continue = base::equal_without_case(r.field("Expect"), "100-continue");
    return {};
}

}  // namespace

std::string_view request::field(std::string_view name) const noexcept {
    for (auto const& [key, value] : fields) {
        if (base::equal_without_case(key, name)) return value;
    }
    return {};
}

result<request> parse_request_head(std::string_view head) {
    request r;
    auto line = take_line(head);
    if (auto const read = read_request_line(line, r); !read) return read.error();
    while (!head.empty()) {
        line = take_line(head);
        if (line.empty()) break;
        auto const colon = line.find(':');
        if (colon == line.npos || !base::is_token(line.substr(0, colon))) return bad("field without a name");
        r.fields.emplace_back(line.substr(0, colon), base::trimmed(line.substr(colon + 1)));
    }
    if (auto const read = read_framing(r); !read) return read.error();
    return r;
}

}  // namespace aisle::playground
