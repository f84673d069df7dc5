#pragma once

#include "../cluster/contents.hpp"
#include "../world/trace.hpp"

#include <aisle/error.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace aisle::simulation {

/// The outcome of one entry.
struct outcome {
    bool answered = false;
    sample_status status = sample_status::failed;
    std::shared_ptr<error const> why;
    unsigned asked = 0;  ///< requests that it was part of
};

/// The outcome of one batch.
struct batch_outcome {
    std::vector<outcome> entries;
    time_point started{};
    time_point answered{};
    time_point ended{};
    unsigned requests = 0;
    bool over = false;
};

/// The outcome of a world.
struct world_outcome {
    std::vector<batch_outcome> batches;
    std::vector<std::string> broken;  ///< broken laws, as text; empty: success
    std::uint64_t entries = 0;
    std::uint64_t requests = 0;
    std::uint64_t map_fetches = 0;
    std::uint64_t events = 0;
    std::size_t most_memory = 0;
    double longest_batch = 0;  ///< seconds, of virtual time
    double most_requests = 0;  ///< of a batch, per entry
    double took = 0;
    double allowed_share = 0;     ///< largest used share of a batch's maximum time
    double allowed_requests = 0;  ///< the same for requests
};

/// The laws that are checked while a world runs; judge() checks those about the whole world.
class checks {
public:
    explicit checks(world_plan const& plan) : plan_(plan) {}

    void broken(std::string what);
    void map_fetched(time_point now);
    void held(std::size_t bytes, std::size_t budget, std::size_t excuse);
    std::vector<std::string> const& found() const noexcept { return found_; }
    std::uint64_t map_fetches() const noexcept { return map_fetches_; }
    std::size_t most_memory() const noexcept { return most_memory_; }

private:
    world_plan const& plan_;
    std::vector<std::string> found_;
    std::deque<time_point> last_map_fetches_;
    std::uint64_t map_fetches_ = 0;
    std::size_t most_memory_ = 0;
};

/// What excuses an entry.
struct losses {
    std::set<int> targets;             ///< permanently lost
    std::uint64_t first_map_seen = 0;  ///< version of the first map that the client had; 0: none
};

/// Compares a world's outcome with the truth; adds the broken laws to it.
void judge(world_plan const& plan, contents const& what, losses const& lost, time_point begin, world_outcome& out);

}  // namespace aisle::simulation
