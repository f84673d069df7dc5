// The form of a stream's batches, with a modelled server in virtual time.
#include <catch2/catch.hpp>

#include <deque>
#include <random>
#include <tuning/form_chooser.hpp>

using namespace aisle;
using namespace aisle::detail;

namespace {

/// Batches per second of a server in each form.
struct two_forms {
    double as_batch = 100;
    double as_objects = 100;
    double noise = 0.2;  // of a batch
    double alone = 0;    // how much longer a batch takes by itself, in batch times: invisible to other batches
};

struct stream {
    explicit stream(std::size_t n, unsigned w = 16) : entries(n), window(w) {}

    /// Runs this many more batches; each costs the server its form's time, whatever else is in flight.
    void run(two_forms const& server, unsigned batches) {
        std::normal_distribution<double> normal;
        for (unsigned i = 0; i < batches; ++i) {
            while (under_way.size() < window) {
                under_way.push_back({chooser.choose(entries, window), now});
                ++started;
                objects += under_way.back().how.as_objects;
            }
            auto const done = under_way.front();
            under_way.pop_front();
            auto const rate = done.how.as_objects ? server.as_objects : server.as_batch;
            now += std::exp(server.noise * normal(random)) / rate;
            auto const took = now - done.began + server.alone / rate;
            chooser.answered(done.how.round, entries, entries * bytes,
                             std::chrono::nanoseconds(static_cast<std::int64_t>(took * 1e9)), at());
            in_trial += chooser.in_trial();
        }
    }
    form_chooser::clock::time_point at() const {
        return form_chooser::clock::time_point{} + std::chrono::nanoseconds(static_cast<std::int64_t>(now * 1e9));
    }
    /// Share of objects among this many batches.
    double share(two_forms const& server, unsigned batches) {
        auto const before = objects;
        auto const first = started;
        run(server, batches);
        return static_cast<double>(objects - before) / (started - first);
    }

    form_chooser chooser{fetch_form::fastest};
    std::size_t entries;
    unsigned window;
    std::uint64_t bytes = 10'000;
    struct fetch {
        form_chooser::choice how;
        double began;
    };
    std::deque<fetch> under_way;
    double now = 0;
    unsigned started = 0;
    unsigned objects = 0;
    unsigned in_trial = 0;
    std::mt19937 random{1};
};

}  // namespace

TEST_CASE("small batches start as objects, larger ones as one request") {
    for (std::size_t const entries : {1u, 4u, 15u}) {
        CHECK(form_chooser(fetch_form::fastest).choose(entries, 16).as_objects);
        CHECK(form_chooser(fetch_form::objects).choose(entries, 16).as_objects);
        CHECK(!form_chooser(fetch_form::batch).choose(entries, 16).as_objects);
    }
    for (std::size_t const entries : {16u, 128u, 10'000u}) {
        CHECK(!form_chooser(fetch_form::fastest).choose(entries, 16).as_objects);
        CHECK(form_chooser(fetch_form::objects).choose(entries, 16).as_objects);
    }
}

TEST_CASE("the faster form is found, whichever was first, and kept") {
    for (std::size_t const entries : {4u, 128u})
        for (double const objects : {20.0, 70.0, 140.0, 500.0}) {
            stream s(entries);
            two_forms const server{100, objects};
            s.run(server, 400);
            INFO(entries << " entries, " << objects << " as objects, 100 as batches");
            auto const share = s.share(server, 4000);
            if (objects > 100)
                CHECK(share > 0.94);
            else
                CHECK(share < 0.06);
        }
}

TEST_CASE("a form that was slower is tried ever more rarely") {
    stream s(128);
    two_forms const server{100, 50};
    s.run(server, 2000);
    CHECK(s.share(server, 20'000) < 0.02);
}

TEST_CASE("the other form is used when the server has changed") {
    stream s(128);
    s.run({100, 50}, 3000);
    s.run({50, 100}, 20'000);
    CHECK(s.share({50, 100}, 4000) > 0.9);
}

TEST_CASE("another kind of batch is measured again, and soon") {
    stream s(128);
    s.run({100, 50}, 20'000);  // trials are rare by now
    s.bytes = 1'000'000;
    s.run({10, 15}, 600);
    CHECK(s.share({10, 15}, 500) > 0.9);
}

TEST_CASE("the window tuner is told of trials, and most of the time there is none") {
    stream s(128);
    s.run({100, 50}, 10'000);
    CHECK(s.in_trial > 0);
    CHECK(s.in_trial < 800);
}

TEST_CASE("a form that is many times slower costs a batch now and then, and no trial") {
    stream s(128);
    two_forms server{100, 5};
    server.alone = 16;
    s.run(server, 20'000);
    CHECK(s.in_trial == 0);
    CHECK(s.objects >= 2);
    CHECK(s.objects <= 30);
}

TEST_CASE("a trial that takes too long is aborted") {
    // A scout looks fast, but a whole window of them is not.
    stream s(128);
    two_forms const server{100, 40};
    s.run(server, 600);
    CHECK(s.in_trial > 0);
    CHECK(s.objects <= 3 * s.window);
    CHECK(s.share(server, 3000) < 0.05);
}

TEST_CASE("empty batches have no effect") {
    form_chooser chooser(fetch_form::fastest);
    for (int i = 0; i < 1000; ++i) {
        auto const c = chooser.choose(0, 16);
        CHECK(!c.as_objects);
        chooser.answered(c.round, 0, 0, {}, {});
    }
}
