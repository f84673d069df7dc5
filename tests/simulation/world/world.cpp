#include "world.hpp"

#include "../client/driver.hpp"
#include "../cluster/cluster_model.hpp"
#include "../cluster/faults.hpp"

namespace aisle::simulation {

using namespace std::chrono_literals;

namespace {

// A world that has not ended by then never will.
constexpr auto longest_world = 6h;
constexpr std::uint64_t most_events = 20'000'000;
constexpr std::uint64_t most_in_a_moment = 100'000;

}  // namespace

world_outcome run_world(std::uint64_t seed, trace& tells) {
    auto const plan = plan_of(seed);
    virtual_time time(time_point(std::chrono::duration_cast<clock::duration>(plan.begin)));
    auto what = make_contents(plan);
    tells.say(duration(0), describe(plan));
    cluster_model cluster(plan, what, time, tells);
    losses lost;
    plan_faults(plan, cluster, lost);
    checks laws(plan);
    driver d(plan, what, cluster, time, tells, laws);
    d.begin();
    while (!d.done() && laws.found().empty() && time.passed() < longest_world && time.events() < most_events) {
        if (!time.step()) break;
        if (time.in_this_moment() > most_in_a_moment) laws.broken("busy loop: time does not advance");
    }
    world_outcome out;
    out.batches = std::move(d.outcomes());
    out.broken = laws.found();
    out.map_fetches = laws.map_fetches();
    out.events = time.events();
    out.most_memory = laws.most_memory();
    out.took = seconds(time.passed());
    lost.first_map_seen = d.first_map();
    if (out.broken.empty()) judge(plan, what, lost, time.begin(), out);
    return out;
}

}  // namespace aisle::simulation
