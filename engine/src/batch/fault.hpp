#pragma once

#include <aisle/error.hpp>
#include <aisle/retry.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace aisle::detail {

/// What a fault is evidence against. The one place that knows what AIStore's failures mean.
enum class fault_nature : std::uint8_t {
    link,       ///< the connection: reset, cut, timed out, damaged on the way. Says nothing of an entry
    busy,       ///< 429, 503: too much to do, or starting
    cluster,    ///< the cluster's state: nodes join or leave, a used redirect, an aborted job. Passes
    answer,     ///< the server ended its answer early, and did not say why: an entry, or a node
    bytes,      ///< a sample's own bytes are wrong: on the way, or where they lie
    entry,      ///< the server refuses something in the request, and will again
    bucket,     ///< the server refuses a bucket, and with it the request
    memory,     ///< ours: the answer was broken off for want of room
    cancelled,  ///< by us
    final       ///< asking again changes nothing: no valid token, a redirect out of the cluster, a bad option
};

/// True when this process has no file descriptor left for a connection.
bool is_short_of_descriptors(error const& e) noexcept;

/// 429 or 503: the server has too much to do, or is starting.
constexpr bool is_refusal(int status) noexcept {
    return status == 429 || status == 503;
}

/// True when what the server does not have is a bucket, and not something in it.
bool is_of_bucket(error const& e) noexcept;

/// Pure. plain: the request was a plain GET of one entry, so that what the server says it says of that entry.
fault_nature nature_of(error const& e, bool plain);

/// True when the server's words about a missing entry say that it is not there, and not that it could not be read
/// (AIStore behaviour: an unreadable shard and a peer that did not answer are placeholders too). Empty words: true.
bool says_not_found(std::string_view servers_words);

/// The wait before attempt number `attempt` (from 1): drawn from [0, first_wait * 2^attempt), at most longest_wait, and
/// no less than what the server asked for (RFC 9110, section 10.2.3). draw: uniform in [0, 1).
std::chrono::milliseconds backoff(retry_options const& o, unsigned attempt, double draw,
                                  std::optional<std::chrono::milliseconds> retry_after);

}  // namespace aisle::detail
