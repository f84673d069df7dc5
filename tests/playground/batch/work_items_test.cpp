// Batches that wait between their two requests.

#include "batch/work_items.hpp"

#include "../raw_client.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace aisle::playground;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<work_item const> item_for(unsigned target) {
    auto item = std::make_shared<work_item>();
    item->target = target;
    return item;
}

no_work_item::reason reason_of(work_items& items, std::string const& job, std::string const& id) {
    auto const found = items.find(job, id, 0);
    REQUIRE(std::holds_alternative<no_work_item>(found));
    return std::get<no_work_item>(found).why;
}

}  // namespace

TEST_CASE("A target takes in 256 items for a job, the later ones with a delay, and others are not concerned") {
    work_items items(60s, 300s);
    auto const job = items.job({.name = "b"}, "one");
    for (unsigned i = 0; i < 256; ++i) {
        auto const in = items.add(job, "w" + std::to_string(i), item_for(0));
        CHECK(in.accepted);
        CHECK(in.pending == i);
        CHECK(in.throttled == (i >= 96));
    }
    CHECK(!items.add(job, "more", item_for(0)).accepted);
    CHECK(items.add(job, "elsewhere", item_for(1)).accepted);
    CHECK(items.add(items.job({.name = "c"}, "two"), "other", item_for(0)).accepted);

    // A place is free when the response is complete, not when it begins.
    {
        auto const taken = items.take("w7");
        REQUIRE(taken.item);
        CHECK(!items.take("w7").item);
        CHECK(!items.add(job, "more", item_for(0)).accepted);
    }
    CHECK(items.add(job, "more", item_for(0)).accepted);
}

TEST_CASE("An item is dropped when its job is idle, or after longer on a busy one") {
    using reason = no_work_item::reason;
    work_items::clock::time_point now{};
    work_items items(60s, 300s, [&now] { return now; });
    auto const job = items.job({.name = "b"}, "one");
    CHECK(items.job({.name = "b"}, "other") == job);
    CHECK(items.add(job, "w", item_for(0)).accepted);
    CHECK(reason_of(items, "none", "w") == reason::no_job);
    CHECK(reason_of(items, job, "x") == reason::no_such_item);
    auto const stay_busy = [&](std::chrono::seconds time) {
        for (auto const end = now + time; now < end;) {
            now += 50s;
            CHECK(items.job({.name = "b"}, "other") == job);
        }
    };
    stay_busy(300s);
    CHECK(std::holds_alternative<std::shared_ptr<work_item const>>(items.find(job, "w", 0)));
    stay_busy(50s);
    CHECK(reason_of(items, job, "w") == reason::no_such_item);  // abandoned

    CHECK(items.add(job, "v", item_for(0)).accepted);
    now += 61s;
    CHECK(reason_of(items, job, "v") == reason::no_such_item);  // idle
    CHECK(items.job({.name = "b"}, "next") == "next");
    now += 200s;
    CHECK(reason_of(items, job, "v") == reason::ended_job);
}

TEST_CASE("Redirects that nobody follows fill a target, and the proxy then names it") {
    cluster_under_test home({.targets = 1});
    home.create("b");
    home.put("b", "l", "x");
    std::string const json = R"({"in":[{"objname":"l"}],"strm":true})";
    auto const url = home.url("/v1/ml/moss/b");
    std::string last;
    for (int i = 0; i < 256; ++i) last = ask(url, {.body = json}).location();
    auto const refused = ask(url, {.body = json});
    CHECK(refused.status == 429);
    CHECK(refused.body.find(R"("tcode":"ErrTooManyRequests")") != std::string::npos);
    CHECK(refused.body.find("rejected: pending=256") != std::string::npos);
    CHECK(refused.body.find("\"node\":\"t[" + home.server.targets()[0].id + "]\"") != std::string::npos);
    CHECK(names_of(ask(last, {.body = json}).body) == "b/l");
    CHECK(ask(url, {.body = json}).status == 307);
}

TEST_CASE("A redirect that nobody follows in time is refused") {
    cluster_under_test home({.targets = 1, .redirect_idle = 100ms});
    home.create("b");
    home.put("b", "l", "x");
    std::string const json = R"({"in":[{"objname":"l"}],"strm":true})";
    auto const redirect = ask(home.url("/v1/ml/moss/b"), {.body = json});
    CHECK(redirect.status == 307);
    std::this_thread::sleep_for(200ms);
    auto const late = ask(redirect.location(), {.body = json});
    // After a longer delay of a busy machine, its job has ended too.
    CHECK((late.status == 404 || late.status == 409));
    CHECK(late.body.find(late.status == 404 ? "wid=" : "not active") != std::string::npos);
}
