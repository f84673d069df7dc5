// The forms of fetching, against the playground: each gives the same samples in the same order.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

stream_options in_form(fetch_form form) {
    stream_options how;
    how.form = form;
    how.retry.first_wait = 1ms;
    how.retry.longest_wait = 20ms;
    return how;
}

}  // namespace

TEST_CASE("samples arrive right, once and in order in every form") {
    for (auto const form : {fetch_form::batch, fetch_form::objects, fetch_form::fastest})
        for (std::uint64_t const entries : {1u, 7u, 60u}) {
            cluster c(600, 3'000);
            engine e(c.for_engine());
            std::uint64_t next = 0;
            auto how = once_each();
            how.form = form;
            auto const total = e.stream(made_up_batches(600 / entries, entries), how, [&](sample s) {
                REQUIRE(is_right(s));
                REQUIRE(s.batch() * entries + s.index() == next++);
            });
            REQUIRE(total.has_value());
            CHECK(total->delivered == 600 / entries * entries);
            CHECK(total->retries == 0);
            CHECK(!total->fault);
            if (form == fetch_form::objects) CHECK(e.stats().requests == 0);
            if (form == fetch_form::batch) CHECK(e.stats().plain_gets == 0);
        }
}

TEST_CASE("as objects, ranges and missing entries behave as with Get-Batch") {
    cluster c(100, 5'000);
    engine e(c.for_engine());
    batch b{"ais://synthetic"};
    b.add(playground::synthetic_name(3), {.range = {100, 50}});
    b.add("none");
    b.add(playground::synthetic_name(4), {.range = {4'000, -1}});
    b.add(playground::synthetic_name(5), {.expected_size = 4'999});
    b.add(playground::synthetic_name(6), {.expected_size = 5'000});
    for (auto const form : {fetch_form::batch, fetch_form::objects}) {
        std::string seen;
        std::vector<std::size_t> sizes;
        auto const total = e.stream(b, in_form(form), [&](sample s) {
            seen += to_string(s.status())[0];
            if (!s.delivered()) return;
            CHECK(is_right(s));
            sizes.push_back(s.size());
        });
        REQUIRE(total.has_value());
        CHECK(seen == "dmdfd");
        CHECK(sizes == std::vector<std::size_t>{50, 1'000, 5'000});
    }
}

TEST_CASE("as objects, refusals are retried, and nothing is lost") {
    for (auto const* faults : {"refuse-429x50", "refuse-500x10"}) {
        cluster c(1'000, 2'000);
        c.spoil(faults);
        engine e(c.for_engine());
        std::uint64_t next = 0;
        auto const total = e.stream(made_up_batches(50, 20), in_form(fetch_form::objects), [&](sample s) {
            INFO(faults);
            REQUIRE(is_right(s));
            REQUIRE(s.batch() * 20 + s.index() == next++);
        });
        REQUIRE(total.has_value());
        CHECK(next == 1'000);
    }
}

TEST_CASE("an automatic window respects max_in_flight") {
    cluster c(6'000, 1'000);
    engine e(c.for_engine());
    auto how = in_form(fetch_form::batch);
    how.max_in_flight = 2;
    std::uint64_t right = 0;
    unsigned widest = 0;
    REQUIRE(e.stream(made_up_batches(300, 20), how, [&](sample s) {
                 right += is_right(s);
                 widest = std::max(widest, e.stats().window);
             }).has_value());
    CHECK(right == 6'000);
    CHECK(widest == 2);
}
