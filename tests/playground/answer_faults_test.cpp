// Each fault does to the wire what its name says, and nothing else.

#include "raw_client.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace aisle;
using namespace aisle::test;

namespace {

constexpr std::uint64_t size = 3000;

// With its provider, so that metadata is as long whoever owns an object.
constexpr auto of_bucket = R"(,"bucket":"synthetic","provider":"ais")";

std::string request_for(int entries, bool streaming, std::string const& range = "") {
    std::string json;
    for (int i = 0; i < entries; ++i) {
        json += json.empty() ? R"({"in":[)" : ",";
        json += R"({"objname":")" + playground::synthetic_name(static_cast<std::uint64_t>(i)) + "\"" + of_bucket +
                range + "}";
    }
    return json + R"(],"strm":)" + (streaming ? "true}" : "false}");
}

struct faulty : cluster_under_test {
    faulty() : cluster_under_test(options()) {}
    static playground::server_options options() {
        playground::server_options o;
        o.made_up = playground::synthetic{.count = 100, .size = size};
        return o;
    }
    raw_answer with(std::string const& faults, bool streaming = true, std::string const& range = "") {
        server.set_faults(playground::fault_plan::parse(faults).value());
        return batch("synthetic", request_for(6, streaming, range));
    }
};

std::string name(int index) {
    return "synthetic/" + playground::synthetic_name(static_cast<std::uint64_t>(index));
}

std::string archive_of(raw_answer const& answer, bool streaming) {
    if (streaming) return answer.body;
    auto const begin = answer.body.find("octet-stream\r\n\r\n") + 16;
    return answer.body.substr(begin, answer.body.rfind("\r\n--") - begin);
}

std::size_t entries_in_metadata(raw_answer const& answer) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = answer.body.find("\"objname\"", at)) != std::string::npos; ++at) ++n;
    return n;
}

}  // namespace

TEST_CASE("Faults of the archive, streamed and in parts") {
    faulty home;
    for (bool const streaming : {true, false}) {
        INFO(streaming);
        auto const members = [&](std::string const& faults) {
            auto const answer = home.with(faults, streaming);
            CHECK(answer.status == 200);
            CHECK(answer.whole);
            return members_of(archive_of(answer, streaming));
        };
        auto const healthy = members("");
        REQUIRE(healthy.size() == 6);
        for (int i = 0; i < 6; ++i) CHECK(healthy[static_cast<std::size_t>(i)].name == name(i));

        CHECK(members("short@4").size() == 4);
        CHECK(members("short@0").empty());
        CHECK(members("short@6") == healthy);
        CHECK(members("empty-archive").empty());

        auto expected = healthy;
        expected[2].name = "wrong/" + name(2);
        CHECK(members("wrong-name@2") == expected);

        expected = healthy;
        std::swap(expected[3], expected[4]);
        CHECK(members("swapped@3") == expected);
        CHECK(members("swapped@5") == healthy);

        expected = healthy;
        expected.push_back({"excess", "nobody asked for this"});
        CHECK(members("excess") == expected);

        auto const cut = members("cut@2");
        REQUIRE(cut.size() == 4);
        CHECK(cut[2].data.size() == size / 2);
        CHECK(cut[3].name.starts_with("error: "));

        auto const damaged = members("damaged-header@1");
        REQUIRE(damaged.size() == 2);
        CHECK(damaged[1].name.find("checksum") != std::string::npos);

        expected = healthy;
        for (auto const* fault : {"placeholder@5", "placeholder-forwarded@5"}) {
            expected[5] = {"__404__/" + name(5), ""};
            CHECK(members(fault) == expected);
        }
        expected[5] = {"__404__/" + name(5) + ".other", ""};
        CHECK(members("placeholder-other@5") == expected);
        expected[5] = {"__404__/" + name(5), healthy[5].data};
        CHECK(members("placeholder-full@5") == expected);
    }
}

TEST_CASE("Faults of the framing") {
    faulty home;
    for (bool const streaming : {true, false}) {
        INFO(streaming);
        auto const whole = home.with("", streaming);
        auto const empty = home.with("empty-body", streaming);
        CHECK(empty.status == 200);
        CHECK(empty.whole);
        CHECK(empty.body.empty());

        auto const open = home.with("no-final-chunk", streaming);
        CHECK(!open.whole);
        CHECK(open.body.size() == whole.body.size());
        CHECK(open.chunks.back() != 0);

        for (std::size_t const at : {0u, 1u, 2047u, 2048u, 5000u, 20'000u}) {
            auto const abrupt = home.with("abrupt@" + std::to_string(at), streaming);
            CHECK(!abrupt.whole);
            auto const archive_begin = streaming ? 0 : abrupt.body.find("octet-stream\r\n\r\n") + 16;
            CHECK(abrupt.body.size() == archive_begin + at);
        }
        CHECK(home.with("abrupt@10000000", streaming).whole);
        CHECK(home.with("wrong-type", streaming).field("Content-Type").starts_with("text/html"));
    }
}

TEST_CASE("A stalled answer stays open and sends nothing more") {
    faulty home;
    home.server.set_faults(playground::fault_plan::parse("stall@4000").value());
    auto const json = request_for(6, true);
    auto const location = home.redirect_to(0, "synthetic", json);
    raw_connection connection(home.target_ports[0]);
    connection.send(request_text(location.substr(location.find("/v1")), {.body = json}));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(home.server.stats().faults_applied == 1);
    CHECK(!connection.closes_within(std::chrono::milliseconds(50)));
    home.server.stop();
    auto const got = connection.drain();
    CHECK(got.size() > 4000);
    CHECK(got.find("\r\n0\r\n") == std::string::npos);
}

TEST_CASE("Ranges can be ignored") {
    faulty home;
    auto const range = std::string(R"(,"start":100,"length":50)");
    for (bool const streaming : {true, false}) {
        auto const answer = home.with("wrong-size@1", streaming, range);
        auto const members = members_of(archive_of(answer, streaming));
        REQUIRE(members.size() == 6);
        CHECK(members[0].data.size() == 50);
        CHECK(members[1].data.size() == size);
        if (!streaming) CHECK(answer.body.find("\"size\":3000") != std::string::npos);
    }
}

TEST_CASE("Metadata can be shorter than the archive") {
    faulty home;
    CHECK(entries_in_metadata(home.with("", false)) == 6);
    auto const shorter = home.with("metadata-short@2", false);
    CHECK(entries_in_metadata(shorter) == 2);
    CHECK(members_of(archive_of(shorter, false)).size() == 6);
    auto const none = home.with("metadata-empty", false);
    CHECK(none.body.find("\"out\":[]") != std::string::npos);
    CHECK(members_of(archive_of(none, false)).size() == 6);
}

TEST_CASE("The proxy refuses as often as it is told to") {
    faulty home;
    home.server.set_faults(playground::fault_plan::parse("refuse-429x1,refuse-503/2x1").value());
    CHECK(home.batch("synthetic", request_for(1, true)).status == 429);
    auto const starting = home.batch("synthetic", request_for(1, true));
    CHECK(starting.status == 503);
    CHECK(starting.field("Retry-After").empty());
    CHECK(home.batch("synthetic", request_for(1, true)).status == 200);
    CHECK(home.server.stats().faults_applied == 2);
}

TEST_CASE("A faulty answer does not spoil the next on its connection") {
    faulty home;
    home.server.set_faults(playground::fault_plan::parse("cut@1x1").value());
    auto const json = request_for(6, true);
    auto const first = home.redirect_to(0, "synthetic", json);
    auto const second = home.redirect_to(0, "synthetic", json);
    raw_connection connection(home.target_ports[0]);
    connection.send(request_text(first.substr(first.find("/v1")), {.body = json}));
    CHECK(members_of(connection.receive().body).size() == 3);
    connection.send(request_text(second.substr(second.find("/v1")), {.body = json}));
    CHECK(members_of(connection.receive().body).size() == 6);
}
