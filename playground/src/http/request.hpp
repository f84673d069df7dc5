#pragma once

#include "url_text.hpp"

#include <aisle/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle::playground {

/// The head of an HTTP/1.x request (RFC 9112), as far as this server needs it. A plain value.
struct request {
    std::string method;
    /// Percent-decoded path of the target; starts with '/'.
    std::string path;
    /// The query as sent, without '?'.
    std::string raw_query;
    query parameters;
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    int minor_version = 1;
    std::vector<std::pair<std::string, std::string>> fields;
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool keep_alive = true;
    bool expects_continue = false;
    /// "ADDRESS:PORT" of the client.
    std::string remote_address;

    /// Value of a field, whose name is compared without regard to case; empty if there is none.
    std::string_view field(std::string_view name) const noexcept;
    bool has_body() const noexcept { return chunked || content_length.value_or(0) > 0; }
};

/// Parses a head, including its final empty line. Error: errc::bad_http, with the reason.
result<request> parse_request_head(std::string_view head);

}  // namespace aisle::playground
