#pragma once

#include "virtual_time.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aisle::simulation {

struct exchange;

/// Whether a node's process answers.
enum class power : std::uint8_t {
    up,
    dead,     ///< its port refuses connections, or its machine is gone: black_hole
    hung,     ///< SIGSTOP: connections are taken, nothing is answered
    starting  ///< it answers that it is
};

/// What proxies and targets have in common.
struct node {
    std::string id;         ///< as the map has it
    std::string authority;  ///< "host:port"
    power is = power::up;
    bool black_hole = false;
    std::size_t map = 0;                      ///< which of the cluster's maps it has
    std::vector<virtual_time::event> frozen;  ///< what happens when it goes on
    unsigned lives = 0;                       ///< grows when it dies: what was under way there is lost
    std::vector<std::weak_ptr<exchange>> connected;
};

struct proxy_node : node {
    time_point outcast_until{};  ///< hung and replaced, it answers 409 until it has joined again
    time_point fails_until{};    ///< answers 5xx
};

struct target_node : node {
    bool sick = false;                     ///< what its peers push for batches that it assembles does not reach it
    double slow = 1;                       ///< times the usual gap
    unsigned pending = 0;                  ///< work items: from the proxy's word to the end of the answer
    time_point busy_until{};               ///< its work is done in turn
    time_point loaded_until{};             ///< answers 429 for its memory
    std::vector<time_point> broken_until;  ///< by sender: their stream does not come through
};

/// Marks of pending work items (docs/protocol.md, section 5, load shedding).
inline constexpr unsigned hesitating_mark = 96;
inline constexpr unsigned refusing_mark = 256;

}  // namespace aisle::simulation
