#include "response.hpp"

#include <aisle/base/json_text.hpp>

#include <algorithm>
#include <array>
#include <ctime>

namespace aisle::playground {
namespace {

std::string_view reason(int status) noexcept {
    switch (status) {
        case 200: return "OK";
        case 206: return "Partial Content";
        case 301: return "Moved Permanently";
        case 307: return "Temporary Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 409: return "Conflict";
        case 411: return "Length Required";
        case 413: return "Request Entity Too Large";
        case 416: return "Requested Range Not Satisfiable";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 507: return "Insufficient Storage";
        default: return "Status";
    }
}

// RFC 9110, section 5.6.7. Formatted once per second on each thread.
std::string_view http_date() {
    thread_local std::time_t made_at = 0;
    thread_local std::array<char, 32> text{};
    thread_local std::size_t size = 0;
    if (auto const now = std::time(nullptr); now != made_at) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
        made_at = now;
    }
    return {text.data(), size};
}

std::string error_json(request const& r, std::string_view method, std::string_view path, std::string_view caller,
                       std::string_view node, int status, std::string_view tcode, std::string_view message) {
    std::string json = "{";
    if (!tcode.empty()) json += "\"tcode\":" + base::json_string(tcode) + ",";
    json += "\"message\":" + base::json_string(message) + ",\"method\":" + base::json_string(method);
    json += ",\"url_path\":" + base::json_string(path) + ",\"remote_addr\":" + base::json_string(r.remote_address);
    json += ",\"caller\":" + base::json_string(caller) + ",\"node\":" + base::json_string(node);
    json += ",\"status\":" + std::to_string(status) + "}";
    return json;
}

response with_error(request const& r, int status, std::string json) {
    response out{.status = status};
    out.set("Content-Type", "application/json");
    out.set("X-Content-Type-Options", "nosniff");
    if (r.method == "HEAD") {
        out.set("Hdr-Error", std::move(json));
        out.headless = true;
    } else {
        out.body = std::move(json) + "\n";
    }
    return out;
}

std::string html_escaped(std::string_view text) {
    std::string out;
    for (char const c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&#34;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace

std::string head_text(int status, std::vector<std::pair<std::string, std::string>> fields, head_end const& end) {
    // An insertion sort, because std::stable_sort of g++ 12's library uses a deprecated function, which clang reports.
    auto const by_name = [](auto const& a, auto const& b) { return a.first < b.first; };
    for (auto at = fields.begin(); at != fields.end(); ++at)
        std::rotate(std::upper_bound(fields.begin(), at, *at, by_name), at, std::next(at));
    std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
    text += reason(status);
    text += "\r\n";
    for (auto const& [name, value] : fields) {
        text += name + ": ";
        // Line breaks in a field value become spaces, as in Go.
        for (char const c : value) text += c == '\r' || c == '\n' ? ' ' : c;
        text += "\r\n";
    }
    text += "Date: ";
    text += http_date();
    text += "\r\n";
    if (!end.content_length.empty()) text += "Content-Length: " + end.content_length + "\r\n";
    if (end.close) text += "Connection: close\r\n";
    if (end.chunked) text += "Transfer-Encoding: chunked\r\n";
    text += "\r\n";
    return text;
}

std::string response_text(response const& r, bool to_head) {
    head_end end;
    // Some handlers set the field themselves (HEAD of an object).
    auto const has_length = std::ranges::any_of(r.fields, [](auto const& f) { return f.first == "Content-Length"; });
    if (!r.headless && !has_length) end.content_length = std::to_string(r.body.size());
    end.close = r.close;
    return head_text(r.status, r.fields, end) + (r.headless || to_head ? std::string{} : r.body);
}

response error_response(request const& r, std::string_view node, int status, std::string_view tcode,
                        std::string_view message) {
    return with_error(r, status, error_json(r, r.method, r.path, "", node, status, tcode, message));
}

response relayed_error(request const& r, std::string_view caller, std::string_view node, int status,
                       std::string_view tcode, std::string_view message, std::string_view inner_path) {
    return with_error(r, status, error_json(r, "POST", inner_path, caller, node, status, tcode, message));
}

response json_response(std::string body) {
    response out;
    body += "\n";
    out.set("Content-Length", std::to_string(body.size()));
    out.set("Content-Type", "application/json; charset=utf-8");
    out.body = std::move(body);
    return out;
}

response redirect_response(request const& r, int status, std::string location) {
    response out{.status = status};
    bool const reads = r.method == "GET" || r.method == "HEAD";
    if (reads) out.set("Content-Type", "text/html; charset=utf-8");
    if (r.method == "GET") {
        out.body = "<a href=\"" + html_escaped(location) + "\">" + std::string(reason(status)) + "</a>.\n\n";
    }
    out.headless = r.method == "HEAD";
    out.set("Location", std::move(location));
    return out;
}

response method_not_allowed(std::string_view allowed) {
    response out{.status = 405};
    out.set("Allow", std::string(allowed));
    out.set("Content-Type", "text/plain; charset=utf-8");
    out.set("X-Content-Type-Options", "nosniff");
    out.body = "Method Not Allowed\n";
    return out;
}

}  // namespace aisle::playground
