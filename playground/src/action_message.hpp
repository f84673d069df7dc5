#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <string>

namespace aisle::playground {

/// AIStore's ActMsg, the JSON body of requests about buckets, with what this server reads of its `value`.
struct action_message {
    std::string action;
    std::string prefix;
    std::string continuation_token;
    std::string start_after;
    std::string uuid;
    std::string props;
    std::uint64_t flags = 0;      ///< of a listing: list_cached_only, list_members
    std::uint64_t page_size = 0;  ///< 0: as many as the server likes
};

/// An empty text is a message without action. errc::bad_metadata for what is not a JSON object of this kind.
result<action_message> parse_action(std::string_view json);

}  // namespace aisle::playground
