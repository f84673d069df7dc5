#pragma once

#include <aisle/error.hpp>
#include <aisle/retry.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace aisle::detail {

/// What a fault is evidence against. All knowledge of AIStore's failures is here.
enum class fault_nature : std::uint8_t {
    link,       ///< the connection: reset, cut, timed out, damaged in transit. Not an entry
    busy,       ///< 429, 503: overloaded, or starting
    cluster,    ///< the cluster's state: nodes join or leave, a used redirect, an aborted job. Temporary
    answer,     ///< the server ended its response early, without a reason: an entry, or a node
    bytes,      ///< wrong bytes of a sample: in transit, or in storage
    entry,      ///< the server refuses something in the request, and will again
    bucket,     ///< the server refuses a bucket, and with it the request
    memory,     ///< ours: the response was aborted for lack of memory
    cancelled,  ///< cancelled by us
    final       ///< a retry cannot help: no valid token, a redirect out of the cluster, a bad option
};

/// True if this process has no file descriptor left for a connection.
bool is_short_of_descriptors(error const& e) noexcept;

/// 429 or 503: the server is overloaded, or starting.
constexpr bool is_refusal(int status) noexcept {
    return status == 429 || status == 503;
}

/// True if the missing thing is the bucket, not something in it.
bool is_of_bucket(error const& e) noexcept;

/// Pure. plain: the request was a plain GET of one entry, so the server's message concerns that entry.
fault_nature nature_of(error const& e, bool plain);

/// True if the server's message about a missing entry means that it does not exist, not that it could not be read
/// (AIStore behaviour: an unreadable shard and a peer that did not respond are placeholders too). Empty message: true.
bool says_not_found(std::string_view servers_words);

/// The wait before attempt number `attempt` (from 1): drawn from [0, first_wait * 2^attempt), at most longest_wait, at
/// least the server's Retry-After (RFC 9110, section 10.2.3). draw: uniform in [0, 1).
std::chrono::milliseconds backoff(retry_options const& o, unsigned attempt, double draw,
                                  std::optional<std::chrono::milliseconds> retry_after);

}  // namespace aisle::detail
