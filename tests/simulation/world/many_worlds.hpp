#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace aisle::simulation {

/// The outcome of many worlds.
struct worlds_summary {
    std::uint64_t worlds = 0;
    std::uint64_t entries = 0;
    std::uint64_t requests = 0;
    std::uint64_t map_fetches = 0;
    std::uint64_t events = 0;
    double virtual_seconds = 0;
    double seconds = 0;
    double longest_batch = 0;
    std::uint64_t longest_seed = 0;
    std::vector<std::pair<std::uint64_t, std::string>> failed;  ///< seed, and the first law that it broke
};

/// Runs worlds first, first + 1, ... on all cores.
worlds_summary run_worlds(std::uint64_t first, std::uint64_t count, std::ostream& progress, bool shows_progress);
std::string to_text(worlds_summary const& s);

/// The cost of each trouble by itself: the worst of `count` worlds, and its seed, one line per trouble.
void tell_costs(std::uint64_t first, std::uint64_t count, std::ostream& out);

/// Runs one world and prints its trace. True if no law was broken.
bool replay(std::uint64_t seed, std::ostream& out);

}  // namespace aisle::simulation
