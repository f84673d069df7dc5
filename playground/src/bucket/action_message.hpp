#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <string>

namespace aisle::playground {

/// AIStore's ActMsg, the JSON body of requests about buckets, with the fields of its `value` that this server uses.
struct action_message {
    std::string action;
    std::string prefix;
    std::string continuation_token;
    std::string start_after;
    std::string uuid;
    std::string props;
    std::uint64_t flags = 0;      ///< for a listing: list_cached_only, list_members
    std::uint64_t page_size = 0;  ///< 0: the server decides
};

/// Reads a message. An empty text is a message without action. Error: errc::bad_metadata if it is not a JSON object.
result<action_message> parse_action(std::string_view json);

}  // namespace aisle::playground
