#pragma once

#include <aisle/batch.hpp>
#include <aisle/http/client.hpp>
#include <aisle/result.hpp>

namespace aisle::detail {

/// The request of one entry as an object: GET /v1/objects/BUCKET/NAME?provider=...[&archpath=...], with a Range field
/// for a range of a whole object (RFC 9110, section 14.2). A range of a member is cut out of the whole member here, as
/// AIStore does not say what Range means there. The target's host is left to the caller. Error: invalid_entry.
result<http::request> object_request(entry const& e);

/// Which part of the answer's body is the entry.
struct body_part {
    std::uint64_t skip = 0;
    std::uint64_t size = 0;
};
/// status: 200 or 206. length: of the body. Errors: wrong_size for a range that is not inside.
result<body_part> part_of_body(entry const& e, int status, std::uint64_t length);

}  // namespace aisle::detail
