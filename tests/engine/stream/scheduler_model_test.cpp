#include <catch2/catch.hpp>

#include <random>
#include <support/stream_model.hpp>

using namespace aisle;

TEST_CASE("in any order of events a stream keeps order, window and budget, and ends") {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        INFO("seed " << seed);
        std::mt19937 random(seed);
        test::stream_model stream([&](unsigned n) { return static_cast<unsigned>(random() % n); });
        auto const steps = random() % 600;
        for (unsigned i = 0; i < steps; ++i) stream.step();
        stream.finish();
    }
}
