#pragma once

#include "../world/virtual_time.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aisle::simulation {

struct exchange;

/// Whether a node's process answers.
enum class power : std::uint8_t {
    up,
    dead,     ///< its port refuses connections, or its machine is gone: black_hole
    hung,     ///< SIGSTOP: connections are accepted, nothing is answered
    starting  ///< it answers that it is starting
};

/// Shared by proxies and targets.
struct node {
    std::string id;         ///< as in the map
    std::string authority;  ///< "host:port"
    power is = power::up;
    bool black_hole = false;
    std::size_t map = 0;                      ///< index of its map in the cluster's list
    std::vector<virtual_time::event> frozen;  ///< events that happen when it continues
    unsigned lives = 0;                       ///< grows when it dies: its work in progress is lost
    std::vector<std::weak_ptr<exchange>> connected;
};

struct proxy_node : node {
    time_point outcast_until{};  ///< hung and replaced, it answers 409 until it has joined again
    time_point fails_until{};    ///< answers 5xx
};

struct target_node : node {
    bool sick = false;                     ///< data that its peers push for its batches does not arrive
    double slow = 1;                       ///< times the usual gap
    unsigned pending = 0;                  ///< work items: from the proxy's request to the end of the answer
    time_point busy_until{};               ///< its work is done one after another
    time_point loaded_until{};             ///< answers 429 for lack of memory
    std::vector<time_point> broken_until;  ///< by sender: their stream does not get through
};

/// Limits of pending work items (docs/protocol.md, section 5, load shedding).
inline constexpr unsigned hesitating_mark = 96;
inline constexpr unsigned refusing_mark = 256;

}  // namespace aisle::simulation
