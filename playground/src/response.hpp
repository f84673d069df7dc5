#pragma once

#include "request.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle::playground {

/// A whole small answer. A plain value.
struct response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> fields = {};
    std::string body = {};
    /// No body and no Content-Length field of its own: the answer to HEAD.
    bool headless = false;
    bool close = false;
    std::chrono::milliseconds delay{0};  ///< before it is sent

    void set(std::string name, std::string value) { fields.emplace_back(std::move(name), std::move(value)); }
};

/// What comes after the handler's fields in a head.
struct head_end {
    std::string content_length;  ///< empty: no such field
    bool chunked = false;
    bool close = false;
};

/// A head as Go's net/http writes it: fields sorted by name, then Date, Content-Length, Connection and
/// Transfer-Encoding.
std::string head_text(int status, std::vector<std::pair<std::string, std::string>> fields, head_end const& end);

/// A whole response, head and body; to HEAD the head alone.
std::string response_text(response const& r, bool to_head = false);

/// What a node says when it refuses, AIStore's ErrHTTP: `tcode` may be empty. HEAD gets it in the field Hdr-Error.
response error_response(request const& r, std::string_view node, int status, std::string_view tcode,
                        std::string_view message);

/// The same for a request that one node passed on to another: what the client sees is the second node's error.
response relayed_error(request const& r, std::string_view caller, std::string_view node, int status,
                       std::string_view tcode, std::string_view message, std::string_view inner_path);

/// An answer of status 200 with a JSON body.
response json_response(std::string body);

/// Go's http.Redirect: an absolute Location and, for GET and HEAD, a line of HTML.
response redirect_response(request const& r, int status, std::string location);

/// "Method Not Allowed" in plain text, with the methods that are.
response method_not_allowed(std::string_view allowed);

}  // namespace aisle::playground
