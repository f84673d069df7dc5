// Each fault changes the response as its name says, and nothing else.

#include "../archives.hpp"
#include "support/soon.hpp"

#include <aisle/codec/json/get_batch.hpp>
#include <aisle/codec/zip/zip_writer.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::test;

namespace {

constexpr std::uint64_t size = 3000;

// With its provider, so that the size of the metadata does not depend on the owner of an object.
constexpr auto of_bucket = R"(,"bucket":"synthetic","provider":"ais")";

std::string request_for(int entries, bool streaming, std::string const& range = "", std::string_view mime = ".tar") {
    std::string json;
    for (int i = 0; i < entries; ++i) {
        json += json.empty() ? R"({"in":[)" : ",";
        json += R"({"objname":")" + playground::synthetic_name(static_cast<std::uint64_t>(i)) + "\"" + of_bucket +
                range + "}";
    }
    return json + R"(],"mime":")" + std::string(mime) + R"(","strm":)" + (streaming ? "true}" : "false}");
}

struct faulty : cluster_under_test {
    faulty() : cluster_under_test(options()) {}
    static playground::server_options options() {
        playground::server_options o;
        o.made_up = playground::synthetic{.count = 100, .size = size};
        return o;
    }
    raw_answer with(std::string const& faults, bool streaming = true, std::string const& range = "",
                    std::string_view mime = ".tar") {
        server.set_faults(playground::fault_plan::parse(faults).value());
        return batch("synthetic", request_for(6, streaming, range, mime));
    }
};

std::string name(int index) {
    return "synthetic/" + playground::synthetic_name(static_cast<std::uint64_t>(index));
}

std::size_t entries_in_metadata(raw_answer const& answer) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = answer.body.find("\"objname\"", at)) != std::string::npos; ++at) ++n;
    return n;
}

std::string zip_with_one_member() {
    codec::zip_writer zip;
    std::string out;
    REQUIRE(zip.begin_entry(out, "m", 0));
    zip.end_entry(out);
    zip.finish(out);
    return out;
}

}  // namespace

TEST_CASE("Faults of the archive, in every format, streamed and in parts") {
    faulty home;
    for (auto const& format : wire_formats()) {
        auto const zip = format.mime == ".zip";
        for (bool const streaming : {true, false}) {
            INFO(format.mime << (streaming ? " streamed" : " in parts"));
            std::string archive;
            auto const sound = [&] { return is_sound(format, archive); };
            auto const members = [&](std::string const& faults) {
                auto const answer = home.with(faults, streaming, "", format.mime);
                CHECK(answer.status == 200);
                CHECK(answer.whole);
                archive = archive_of(answer);
                return members_of(format, archive);
            };
            auto const healthy = members("");
            REQUIRE(healthy.size() == 6);
            for (int i = 0; i < 6; ++i) CHECK(healthy[static_cast<std::size_t>(i)].name == name(i));

            CHECK(members("short@4") == std::vector(healthy.begin(), healthy.begin() + 4));
            CHECK(sound());
            CHECK(members("abort@4") == std::vector(healthy.begin(), healthy.begin() + 4));
            CHECK(members("short@0").empty());
            CHECK(members("abort@0").empty());
            CHECK(members("short@6") == healthy);
            CHECK(members("abort@6") == healthy);
            CHECK(members("empty-archive").empty());

            auto expected = healthy;
            expected[2].name = "wrong/" + name(2);
            CHECK(members("wrong-name@2") == expected);

            expected = healthy;
            std::swap(expected[3], expected[4]);
            CHECK(members("swapped@3") == expected);
            CHECK(members("swapped@5") == healthy);

            expected = healthy;
            expected.push_back({"excess", "not requested"});
            CHECK(members("excess") == expected);

            expected = healthy;
            expected[4].data[size / 2] ^= 1;
            CHECK(members("flip@4") == expected);
            CHECK(sound());

            expected = healthy;
            expected[1].data.resize(size / 2);
            CHECK(members("shorten@1") == expected);
            CHECK(sound());

            auto const cut = members("cut@2");
            REQUIRE(cut.size() == (zip ? 3 : 4));
            CHECK(cut[2].data.size() == size / 2);
            if (!zip) CHECK(cut[3].name.starts_with("error: "));
            CHECK(sound() == (format.mime != ".tar"));

            auto const damaged = members("damaged-header@1");
            REQUIRE(damaged.size() == 2);
            CHECK(damaged.back().name.find(zip ? "differ" : "checksum") != std::string::npos);

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
}

TEST_CASE("Faults of the archive's end, in every format, streamed and in parts") {
    faulty home;
    for (auto const& format : wire_formats()) {
        auto const zip = format.mime == ".zip";
        for (bool const streaming : {true, false}) {
            INFO(format.mime << (streaming ? " streamed" : " in parts"));
            auto const archive = [&](std::string const& faults) {
                auto const answer = home.with(faults, streaming, "", format.mime);
                CHECK(answer.whole);
                return archive_of(answer);
            };
            auto const healthy = archive("");
            // The members are there, their end is not; a zip without its directory is unreadable.
            auto const unmarked = members_of(format, archive("no-end"));
            CHECK(unmarked.size() == (zip ? 1 : 7));
            CHECK(unmarked.back().name.starts_with("error: "));
            CHECK(is_sound(format, archive("no-end")) == !zip);

            CHECK((archive("clipped@8") == healthy.substr(0, healthy.size() - 8)));
            CHECK((archive("clipped@0") == healthy));
            auto changed = healthy;
            changed[changed.size() - 1 - 5] ^= 1;
            CHECK((archive("damaged-end@5") == changed));
        }
    }
    for (auto const* mime : {".tgz", ".tar.lz4", ".zip", ".tar.zst"})
        CHECK(!is_sound(wire_format_of(mime), home.with("clipped@2", true, "", mime).body));
    for (auto const* mime : {".tgz", ".tar.zst"})
        CHECK(!is_sound(wire_format_of(mime), home.with("damaged-end@1", true, "", mime).body));
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
        CHECK(home.with("other-type", streaming).field("Content-Type") == "application/zip");
        for (auto const* mime : {".tgz", ".zip"})
            CHECK(home.with("other-type", streaming, "", mime).field("Content-Type") == "application/x-tar");
    }
}

TEST_CASE("Compressed archives can be cut or stalled at a byte, like plain ones") {
    faulty home;
    for (auto const& format : wire_formats()) {
        for (bool const streaming : {true, false}) {
            INFO(format.mime << (streaming ? " streamed" : " in parts"));
            auto const healthy = archive_of(home.with("", streaming, "", format.mime));
            for (std::size_t const at : {std::size_t{0}, std::size_t{100}, std::size_t{5000}, healthy.size() - 1}) {
                auto const abrupt = home.with("abrupt@" + std::to_string(at), streaming, "", format.mime);
                CHECK(!abrupt.whole);
                auto const begin = streaming ? 0 : abrupt.body.find("octet-stream\r\n\r\n") + 16;
                CHECK((abrupt.body.substr(begin) == healthy.substr(0, at)));
            }
            CHECK(home.with("abrupt@10000000", streaming, "", format.mime).whole);
            CHECK(!home.with("no-final-chunk", streaming, "", format.mime).whole);
            CHECK(home.with("empty-body", streaming, "", format.mime).body.empty());
        }
    }
}

TEST_CASE("A stalled response stays open and sends nothing more") {
    faulty home;
    home.server.set_faults(playground::fault_plan::parse("stall@4000").value());
    auto const json = request_for(6, true);
    auto const location = home.redirect_to(0, "synthetic", json);
    raw_connection connection(home.target_ports[0]);
    connection.send(request_text(location.substr(location.find("/v1")), {.body = json}));
    connection.await(4100);  // with the head
    CHECK(soon([&] { return home.server.stats().faults_applied == 1; }));
    CHECK(!connection.closes_within(std::chrono::milliseconds(50)));
    home.server.stop();
    auto const got = connection.drain();
    CHECK(got.size() >= 4100);
    CHECK(got.size() < 5000);
    CHECK(got.find("\r\n0\r\n") == std::string::npos);
}

TEST_CASE("Ranges can be ignored") {
    faulty home;
    auto const range = std::string(R"(,"start":100,"length":50)");
    for (bool const streaming : {true, false}) {
        auto const answer = home.with("wrong-size@1", streaming, range);
        auto const members = members_of(archive_of(answer));
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
    CHECK(members_of(archive_of(shorter)).size() == 6);
    auto const none = home.with("metadata-empty", false);
    CHECK(none.body.find("\"out\":[]") != std::string::npos);
    CHECK(members_of(archive_of(none)).size() == 6);
}

TEST_CASE("Metadata can be short together with the archive, invalid, or wrong") {
    faulty home;
    auto const told = [&](std::string const& faults) {
        return codec::read_metadata(parts_of(home.with(faults, false)).metadata);
    };
    auto const healthy = told("").value().out;
    REQUIRE(healthy.size() == 6);
    auto const aborted = home.with("abort@4", false);
    CHECK(aborted.status == 200);
    CHECK(entries_in_metadata(aborted) == 4);
    CHECK(members_of(archive_of(aborted)).size() == 4);

    CHECK(told("metadata-bad").has_error());
    CHECK(members_of(archive_of(home.with("metadata-bad", false))).size() == 6);
    auto const sizes = told("metadata-size@3").value().out;
    CHECK(sizes[3].size == healthy[3].size + 1);
    CHECK(sizes[2].size == healthy[2].size);
    auto const forwarded = told("metadata-forwarded@1").value().out;
    CHECK(forwarded[1].provider.empty());
    CHECK(!forwarded[2].provider.empty());
    CHECK(!told("metadata-error@2").value().out[2].err_msg.empty());
    CHECK(!told("placeholder@2").value().out[2].err_msg.empty());
    CHECK(told("placeholder@2,metadata-no-error@2").value().out[2].err_msg.empty());
    CHECK(told("shorten@2").value().out[2].size == healthy[2].size / 2);
}

TEST_CASE("Metadata of a member can be that of another entry") {
    faulty home;
    home.create("b");
    home.put("b", "l.zip", zip_with_one_member());
    auto const json = std::string(R"({"in":[{"objname":"l.zip","archpath":"m"}]})");
    auto const out = [&](std::string const& faults) {
        home.server.set_faults(playground::fault_plan::parse(faults).value());
        return codec::read_metadata(parts_of(home.batch_by(0, "b", json)).metadata).value().out.at(0);
    };
    CHECK(out("").objname == "l.zip");
    CHECK(out("").archpath == "m");
    CHECK(out("metadata-forwarded@0").objname == "l.zip/m");
    CHECK(out("metadata-forwarded@0").archpath.empty());
}

TEST_CASE("A target can refuse a redirect as outdated") {
    faulty home;
    auto const answer = home.with("expiredx1");
    CHECK(answer.status == 404);
    CHECK(answer.body.find("prep-rx not done?") != std::string::npos);
    CHECK(home.batch("synthetic", request_for(6, true)).status == 200);
}

TEST_CASE("The proxy refuses the configured number of requests") {
    faulty home;
    home.server.set_faults(playground::fault_plan::parse("refuse-429x1,refuse-503/2x1,refuse-409/3x1").value());
    CHECK(home.batch("synthetic", request_for(1, true)).status == 429);
    auto const starting = home.batch("synthetic", request_for(1, true));
    CHECK(starting.status == 503);
    CHECK(starting.field("Retry-After").empty());
    CHECK(home.batch("synthetic", request_for(1, true)).status == 409);
    CHECK(home.batch("synthetic", request_for(1, true)).status == 200);
    CHECK(home.server.stats().faults_applied == 3);
}

TEST_CASE("The proxy refuses with each status that a cluster uses, with a Retry-After if configured") {
    faulty home;
    for (int const status : {401, 403, 409, 429, 500, 503}) {
        auto const kind = "refuse-" + std::to_string(status);
        home.server.set_faults(playground::fault_plan::parse(kind + "@7x1").value());
        auto const refused = home.batch("synthetic", request_for(1, true));
        CHECK(refused.status == status);
        CHECK(refused.field("Retry-After") == (status == 429 || status == 503 ? "7" : ""));
        CHECK(refused.body.find("\"status\":" + std::to_string(status)) != std::string::npos);
        CHECK(home.batch("synthetic", request_for(1, true)).status == 200);
    }
}

TEST_CASE("A faulty response does not affect the next one on its connection") {
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
