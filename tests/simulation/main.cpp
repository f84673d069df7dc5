// test_simulation: Catch2's tests, or
//   test_simulation --seed N             replays one world and prints its trace
//   test_simulation --worlds N [FIRST]   runs N, prints the seeds that fail
//   test_simulation --costs N [FIRST]    runs those with a single trouble, prints the maximum cost of each
#define CATCH_CONFIG_RUNNER
#include "world/many_worlds.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

using namespace aisle::simulation;

int main(int argc, char** argv) {
    std::string const how = argc > 1 ? argv[1] : "";
    auto const number = [&](int at, std::uint64_t otherwise) {
        return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
    };
    if (how == "--seed" && argc > 2) return replay(number(2, 0), std::cout) ? 0 : 1;
    if (char const* const seed = std::getenv("AISLE_SIM_SEED"))
        return replay(std::strtoull(seed, nullptr, 10), std::cout) ? 0 : 1;
    if (how == "--worlds" && argc > 2) {
        auto const s = run_worlds(number(3, 1), number(2, 0), std::cout, true);
        std::cout << to_text(s) << '\n';
        return s.failed.empty() ? 0 : 1;
    }
    if (how == "--costs" && argc > 2) {
        tell_costs(number(3, 1), number(2, 0), std::cout);
        return 0;
    }
    return Catch::Session().run(argc, argv);
}
