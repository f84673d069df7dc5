#pragma once

#include "request.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle::playground {

/// A complete small response. A plain value.
struct response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> fields = {};
    std::string body = {};
    /// No body and no generated Content-Length: the response to HEAD.
    bool headless = false;
    bool close = false;
    std::chrono::milliseconds delay{0};  ///< time to wait before it is sent

    void set(std::string name, std::string value) { fields.emplace_back(std::move(name), std::move(value)); }
};

/// The fields after those of the handler.
struct head_end {
    std::string content_length;  ///< empty: no such field
    bool chunked = false;
    bool close = false;
};

/// A head in the format of Go's net/http: fields sorted by name, then Date, Content-Length, Connection and
/// Transfer-Encoding.
std::string head_text(int status, std::vector<std::pair<std::string, std::string>> fields, head_end const& end);

/// The text of a response: head and body; only the head in response to HEAD.
std::string response_text(response const& r, bool to_head = false);

/// An error of a node in AIStore's format, ErrHTTP. tcode may be empty. In response to HEAD it is in the field
/// Hdr-Error.
response error_response(request const& r, std::string_view node, int status, std::string_view tcode,
                        std::string_view message);

/// The same for a request that one node forwarded to another: the client sees the error of the second node.
response relayed_error(request const& r, std::string_view caller, std::string_view node, int status,
                       std::string_view tcode, std::string_view message, std::string_view inner_path);

/// A response with status 200 and a JSON body.
response json_response(std::string body);

/// Like Go's http.Redirect: an absolute Location and, for GET and HEAD, a line of HTML.
response redirect_response(request const& r, int status, std::string location);

/// "Method Not Allowed" in plain text, with the allowed methods.
response method_not_allowed(std::string_view allowed);

}  // namespace aisle::playground
