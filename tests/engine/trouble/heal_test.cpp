// Servers with occasional wrong answers: every sample arrives, once, in order.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

struct healed {
    std::uint64_t right = 0;
    summary total;
    engine_stats stats;
    std::vector<batch_report> reports;
};

retry_options promptly() {
    retry_options r;
    r.first_wait = 1ms;
    r.longest_wait = 20ms;
    r.elapsed = 20s;
    return r;
}

healed fetch(cluster& c, std::vector<batch> batches, stream_options how = {},
             std::chrono::milliseconds idle_timeout = engine_options().idle_timeout) {
    auto options = c.for_engine();
    options.idle_timeout = idle_timeout;
    engine e(options);
    how.retry = promptly();
    healed out;
    how.on_batch_end = [&](batch_report const& r) { out.reports.push_back(r); };
    std::uint64_t batch = 0;
    std::uint32_t next = 0;
    auto const total = e.stream(std::move(batches), how, [&](sample s) {
        if (s.batch() != batch) {
            batch = s.batch();
            next = 0;
        }
        REQUIRE(s.index() == next++);
        INFO(s.entry().object << (s.delivered() ? std::string(" is wrong") : s.why().message()));
        REQUIRE(is_right(s));
        ++out.right;
    });
    REQUIRE(total.has_value());
    out.total = *total;
    out.stats = e.stats();
    return out;
}

}  // namespace

TEST_CASE("after a fault only the remaining entries are requested again") {
    cluster c(6, 10'240);
    for (std::string const fault :
         {"short@3x1", "short@0x1", "empty-archivex1", "empty-bodyx1", "wrong-name@2x1", "swapped@1x1",
          "abrupt@20000x1", "cut@4x1", "damaged-header@2x1", "wrong-typex1", "placeholder-other@2x1",
          "placeholder-full@2x1", "refuse-409x3", "refuse-429x3", "refuse-503x3", "expiredx1", "stall@30000x1"})
        for (bool const streaming : {true, false}) {
            INFO(fault << (streaming ? " streamed" : " multipart"));
            c.spoil(fault);
            auto const before = c.server.stats();
            stream_options how;
            how.streaming_get = streaming;
            auto const got =
                fault.starts_with("stall") ? fetch(c, {made_up(0, 6)}, how, 300ms) : fetch(c, {made_up(0, 6)}, how);
            CHECK(got.right == 6);
            CHECK(got.total.failed == 0);
            CHECK(!got.total.fault);
            // By another batch, or by plain GET if the answer stalls at its last sample.
            CHECK(got.total.retries + got.stats.plain_gets > 0);
            CHECK(got.stats.retries == got.total.retries);
            REQUIRE(got.reports.size() == 1);
            CHECK(got.reports[0].overcome);
            // At most the samples in flight at the fault arrive twice.
            CHECK(c.server.stats().members - before.members <= 6 * (1 + got.total.retries + got.total.hedges));
        }
}

TEST_CASE("a server that cuts every answer at the same byte still delivers everything, piece by piece") {
    cluster c(20, 3'000);
    for (auto const fault : {"short@3", "abrupt@8000", "cut@2", "wrong-name@1", "swapped@4"}) {
        INFO(fault);
        c.spoil(fault);
        auto const got = fetch(c, {made_up(0, 20)});
        CHECK(got.right == 20);
        CHECK(got.total.retries >= 3);
    }
}

TEST_CASE("many batches in flight recover independently and keep their order") {
    cluster c(1'000, 5'000);
    c.spoil("short@3/5,abrupt@30000/7,refuse-429/11,wrong-name@6/13,expired/17");
    auto const got = fetch(c, made_up_batches(100, 10), {.in_flight = 16});
    CHECK(got.right == 1'000);
    CHECK(got.total.retries > 20);
    CHECK(got.stats.refusals > 0);
}

TEST_CASE("a range answered with the whole object is fetched as an object, with a working range") {
    cluster c(6, 10'240);
    c.spoil("wrong-size@3");
    auto const got = fetch(c, {made_up(0, 6, {10, 500})});
    CHECK(got.right == 6);
    CHECK(got.stats.plain_gets >= 1);  // more if the machine stalls
}

TEST_CASE("an entry that no Get-Batch delivers arrives by plain GET") {
    cluster c(6, 2'000);
    c.spoil("short@0");  // no answer ever has this member
    auto const got = fetch(c, {made_up(0, 6)});
    CHECK(got.right == 6);
    CHECK(got.stats.plain_gets >= 6);  // more if the machine stalls
}

TEST_CASE("an entry that cannot be fetched fails alone, with the server's reason") {
    playground::server_options server;
    server.max_wait = 100ms;
    cluster c(6, 2'000, server);
    engine e(c.for_engine());
    batch b{"ais://synthetic"};
    b.add(playground::synthetic_name(0))
        .add(playground::synthetic_name(1), {.range = {1'000'000, 10}})  // AIStore refuses the whole batch
        .add("ais://no-such-bucket", "x")
        .add(playground::synthetic_name(2));
    for (bool const streaming : {true, false}) {
        stream_options how;
        how.streaming_get = streaming;
        how.retry = promptly();
        std::string letters;
        auto const total = e.stream(b, how, [&](sample s) {
            letters += to_string(s.status())[0];
            if (s.index() == 1) CHECK(s.why().http_status == 416);
            if (s.index() == 2) CHECK(s.why().server_text.find("no-such-bucket") != std::string::npos);
            if (s.delivered()) CHECK(is_right(s));
        });
        REQUIRE(total.has_value());
        CHECK(letters == "dffd");
    }
}

TEST_CASE("retries respect their limits") {
    cluster c(6, 2'000);
    c.spoil("refuse-503");
    engine e(c.for_engine());
    stream_options by_number;
    by_number.retry = promptly();
    by_number.retry.attempts = 5;
    by_number.retry.elapsed = 1h;
    auto by_time = by_number;
    by_time.retry.attempts = 1'000'000;
    by_time.retry.elapsed = 200ms;
    for (auto const& how : {by_number, by_time}) {
        auto const total = e.stream(made_up(0, 6), how, [](sample const&) {});
        REQUIRE(total.has_value());
        CHECK(total->failed == 6);
        REQUIRE(total->fault);
        CHECK(total->fault->http_status == 503);
        if (how.retry.attempts == 5) CHECK(total->retries == 4);
    }
}

TEST_CASE("a stream with a time limit ends when it has passed") {
    cluster c(6, 2'000);
    c.spoil("refuse-503");
    engine e(c.for_engine());
    auto const total = e.stream(made_up(0, 6), {.run_timeout = 150ms}, [](sample const&) {});
    REQUIRE(total.has_error());
    CHECK(total.error().code == errc::deadline_exceeded);
}
