// Each kind of fault alone: its cost, and that nothing is lost.
#include "relay_fixture.hpp"

#include <aisle/codec/checksum/checksum.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <support/soon.hpp>
#include <utility>

using namespace aisle;
using namespace aisle::test;
using namespace aisle::faults;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::uint64_t objects = 800;
constexpr std::uint64_t object_bytes = 2'000;
constexpr std::uint64_t each = 20;

std::vector<batch> checked_batches() {
    std::vector<batch> out;
    for (std::uint64_t i = 0; i < objects; ++i) {
        std::vector<std::byte> bytes(object_bytes);
        playground::fill_synthetic(i, 0, bytes);
        codec::hasher hash(codec::checksum_type::sha256);
        hash.update(bytes);
        if (i % each == 0) out.emplace_back("ais://synthetic");
        out.back().add(playground::synthetic_name(i), {.expected_checksum = "sha256:" + hash.finish()});
    }
    return out;
}

stream_options quick() {
    stream_options o{.in_flight = 4};
    o.retry.first_wait = 1ms;
    o.retry.longest_wait = 50ms;
    o.hedging = false;
    return o;
}

struct seen {
    std::uint64_t right = 0;
    std::uint64_t in_turn = 0;
    std::string why;  // of the first that was not delivered
    summary total;
    engine_stats stats;
    clock_type::duration took{};
};

struct setup {
    setup() : c(objects, object_bytes), options(c.for_engine()) {
        options.first_byte_timeout = options.idle_timeout = 300ms;
        options.request_timeout = 600ms;
    }

    /// For exact outcomes, without retries: no stall of the machine exceeds these.
    void wait_long() { options.first_byte_timeout = options.idle_timeout = options.request_timeout = 60s; }

    seen fetch(stream_options how = quick(), std::function<void(std::uint64_t)> on_sample = {}) {
        engine e(options);
        seen out;
        std::uint64_t next = 0;
        auto const began = clock_type::now();
        auto const total = e.stream(checked_batches(), std::move(how), [&](sample s) {
            out.in_turn += s.batch() == next / each && s.index() == next % each;
            out.right += is_right(s);
            if (!s.delivered() && out.why.empty()) out.why = s.why().message();
            if (on_sample) on_sample(next);
            ++next;
        });
        out.took = clock_type::now() - began;
        REQUIRE(total.has_value());
        out.total = *total;
        // A thread's last batch ends shortly after the stream.
        soon([&] { return e.stats().batches_in_flight == 0; });
        out.stats = e.stats();
        return out;
    }

    relayed_cluster c;
    engine_options options;
};

void expect_all(seen const& s) {
    INFO(s.why);
    CHECK(s.right == objects);
    CHECK(s.in_turn == objects);
    CHECK(s.total.delivered == objects);
    CHECK(s.stats.batches_in_flight == 0);
}

}  // namespace

TEST_CASE("an answer that is cut, damaged or stalled is requested again, and nothing is lost") {
    setup s;
    for (auto const* rules :
         {"cut@20000/3", "cut!@20000/3", "cut/4", "stall@20000/9x2", "delay:5000/9x2", "trickle@20000:20/9x2",
          "flip@b20000:2/3", "flip@9:1/3", "duplicate@b20000:100/3", "duplicate/5"}) {
        INFO(rules);
        s.c.relay.spoil(rules);
        auto const before = s.c.relay.stats().all_faults();
        auto const got = s.fetch();
        expect_all(got);
        CHECK(s.c.relay.stats().all_faults() > before);
        CHECK(got.total.retries + got.stats.plain_gets > 0);  // wrong bytes are requested by plain GET
        CHECK(got.stats.retries == got.total.retries);
    }
}

TEST_CASE("an answer that is late but arrives is awaited") {
    setup s;
    s.wait_long();
    auto how = quick();
    how.retry = no_retry;
    s.c.relay.spoil("delay:100/9,stall@20000:100/7,duplicate@99999999/2");
    auto const got = s.fetch(how);
    expect_all(got);
    CHECK(got.stats.plain_gets == 0);
    CHECK(!got.total.fault);
}

TEST_CASE("a kept connection that was closed costs only a request") {
    setup s;
    for (auto const* rules : {"drop/4", "drop!/4", "hang-up/2", "hang-up!/2"}) {
        INFO(rules);
        s.c.relay.spoil(rules);
        auto const before = s.c.relay.stats().all_faults();
        expect_all(s.fetch());
        CHECK(s.c.relay.stats().all_faults() > before + 10);
    }
}

TEST_CASE("connections reset when accepted, or all at once, are opened again") {
    setup s;
    std::uint64_t accepted = 0;
    s.c.relay.set_plan({.on_accept = [&](unsigned) { return ++accepted % 2 == 1; }});
    expect_all(s.fetch());
    CHECK(s.c.relay.stats().accept_resets > 0);
    s.c.relay.set_plan({});
    expect_all(s.fetch(quick(), [&](std::uint64_t i) {
        if (i % 100 == 50) s.c.relay.reset_connections();
    }));
}

TEST_CASE("refusals are counted and retried, after their Retry-After") {
    setup s;
    for (auto const* rules : {"refuse:429/5", "refuse:503/5"}) {
        INFO(rules);
        s.c.relay.spoil(rules);
        auto const got = s.fetch();
        expect_all(got);
        CHECK(got.total.retries > 0);
        CHECK(got.stats.refusals > 0);
    }
    // Not those of plain GETs: five such entries would stay in step, and one of them would be refused each time.
    s.c.relay.set_plan({.on_request = [met = 0](exchange const& x) mutable {
        fault f;
        if (!x.target.starts_with("/v1/ml/moss") || ++met % 5 != 0) return f;
        f.kind = fault_kind::refuse;
        f.status = 500;
        return f;
    }});
    auto const got = s.fetch();
    expect_all(got);
    CHECK(got.total.retries > 0);
    // One at a time: while others are answered, a late answer of the proxy, with its Retry-After, is not awaited.
    auto one_by_one = quick();
    one_by_one.in_flight = 1;
    for (int const status : {429, 503}) {
        INFO(status);
        // The first batch, not the request for the cluster map.
        s.c.relay.set_plan({.on_request = [=, done = false](exchange const& x) mutable {
            fault f;
            if (std::exchange(done, done || x.target.starts_with("/v1/ml/moss"))) return f;
            if (!done) return f;
            f.kind = fault_kind::refuse;
            f.status = status;
            f.retry_after = 1;
            return f;
        }});
        auto const waited = s.fetch(one_by_one);
        expect_all(waited);
        CHECK(waited.took >= 1s);
        CHECK(waited.took < 30s);
    }
}

TEST_CASE("a client without access is refused immediately") {
    setup s;
    s.c.relay.spoil("refuse:401");
    auto const got = s.fetch();
    CHECK(got.right == 0);
    CHECK(got.in_turn == objects);
    CHECK(got.total.failed == objects);
    REQUIRE(got.total.fault);
    CHECK(got.total.fault->http_status == 401);
    CHECK(got.took < 30s);  // of five minutes
}

TEST_CASE("a permanent fault ends with the attempts, and every entry has the reason") {
    setup s;
    auto how = quick();
    how.retry.attempts = 3;
    for (auto const* rules : {"cut", "cut!@300", "drop", "refuse:503"}) {
        INFO(rules);
        s.c.relay.spoil(rules);
        auto const got = s.fetch(how);
        CHECK(got.right == 0);
        CHECK(got.in_turn == objects);
        CHECK(got.total.failed == objects);
        CHECK(!got.why.empty());
        CHECK(got.took < 60s);
    }
}

TEST_CASE("without retries a fault costs the entries that it affects, and nothing else") {
    setup s;
    s.wait_long();
    auto how = quick();
    how.retry = no_retry;
    s.c.relay.spoil("cut@20000/4");
    auto const got = s.fetch(how);
    CHECK(got.in_turn == objects);
    CHECK(got.total.delivered == got.right);
    CHECK(got.total.failed > 0);
    CHECK(got.total.failed < objects / 3);
    CHECK(got.total.retries == 0);
}

TEST_CASE("a stream ends at its time limit, whatever the cluster does") {
    setup s;
    s.wait_long();
    auto how = quick();
    how.retry = no_retry;
    how.run_timeout = 400ms;
    s.c.relay.spoil("stall@20000/2");
    engine e(s.options);
    auto const began = clock_type::now();
    std::uint64_t given = 0;
    auto const total = e.stream(checked_batches(), how, [&](sample) { ++given; });
    CHECK(clock_type::now() - began < 30s);
    REQUIRE(!total.has_value());
    CHECK(total.error().code == errc::deadline_exceeded);
    CHECK(given < objects);
}
