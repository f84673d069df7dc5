// Every format in both modes, read by independent tools.

#include "../archives.hpp"
#include "archive/output_format.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::test;

namespace {

std::string content(std::string const& name, std::size_t size) {
    std::string text;
    while (text.size() < size) text += name + "|" + std::to_string(text.size());
    return text.substr(0, size);
}

struct filled : cluster_under_test {
    explicit filled(playground::server_options options = {}) : cluster_under_test(std::move(options)) {
        create("b");
        for (std::size_t const size : {0, 1, 511, 512, 513, 4000, 70'001, 300'000, 1'048'577}) {
            for (std::string const owner : {"l", "r"}) {
                auto const name = owner + std::to_string(size);
                put("b", name, content(name, size));
                expected.push_back({"b/" + name, content(name, size)});
                entries += (entries.empty() ? "" : ",") + (R"({"objname":")" + name + "\"}");
            }
        }
        for (std::string const& name : {std::string("ünï/日本 x.bin"), std::string(200, 'n'), std::string("q'<&>")}) {
            put("b", name, name);
            expected.push_back({"b/" + name, name});
            entries += R"(,{"objname":")" + name + "\"}";
        }
        entries += R"(,{"objname":"nol"},{"objname":"nor"})";
        expected.push_back({"__404__/b/nol", ""});
        expected.push_back({"__404__/b/nor", ""});
    }

    std::string request(std::string_view mime, bool streaming) const {
        return R"({"in":[)" + entries + R"(],"coer":true,"mime":")" + std::string(mime) + R"(","strm":)" +
               (streaming ? "true}" : "false}");
    }

    std::string entries;
    std::vector<raw_member> expected;
};

}  // namespace

TEST_CASE("every format is complete and valid in both modes") {
    filled home;
    for (auto const& format : wire_formats()) {
        for (bool const streaming : {true, false}) {
            INFO(format.mime << (streaming ? " streamed" : " in parts"));
            auto const answer = home.batch_by(0, "b", home.request(format.mime, streaming));
            CHECK(answer.status == 200);
            CHECK(answer.whole);
            if (streaming) CHECK(answer.field("Content-Type") == format.content_type);
            auto const archive = archive_of(answer);
            CHECK(is_sound(format, archive));
            CHECK((members_of(format, archive) == home.expected));
        }
    }
    CHECK(home.server.stats().members == 10 * home.expected.size());
}

TEST_CASE("streamed and multipart responses have the same archive, and multipart arrives in pages") {
    filled home;
    for (auto const& format : wire_formats()) {
        INFO(format.mime);
        auto const streamed = home.batch_by(0, "b", home.request(format.mime, true));
        auto const in_parts = home.batch_by(0, "b", home.request(format.mime, false));
        CHECK((archive_of(streamed) == archive_of(in_parts)));
        auto const pages = std::ranges::count(in_parts.chunks, std::size_t{32'768});
        CHECK(static_cast<std::size_t>(pages) >= archive_of(in_parts).size() / 32'768 - 1);
    }
}

TEST_CASE("mime selects by what is in it, as AIStore looks for it") {
    using playground::output_format;
    using playground::output_of;
    struct row {
        std::string_view mime;
        std::optional<output_format> expected;
    };
    for (auto const& [mime, expected] :
         {row{"", output_format::tar}, row{".tar", output_format::tar}, row{"application/x-tar", output_format::tar},
          row{".tar.gz", output_format::tgz}, row{".tar.gz.tar", output_format::tgz}, row{".tgz", output_format::tgz},
          row{".tar.lz4", output_format::tar_lz4}, row{".zip", output_format::zip},
          row{"application/gzip", output_format::zip}, row{"application/x-gzip", output_format::zip},
          row{".tar.xz", output_format::tar}, row{"starting.zip.tar", output_format::tar},
          row{"mytar-gz", output_format::tar}, row{"gz", std::nullopt}, row{"lz4", std::nullopt},
          row{"application/x-lz4", std::nullopt}, row{"zst", std::nullopt}, row{"TAR", std::nullopt},
          row{".7z", std::nullopt}}) {
        INFO(mime);
        CHECK(output_of(mime, true) == expected);
        CHECK(output_of(mime, false) == expected);
    }
    CHECK(output_of(".tar.zst", true) == output_format::tar_zst);
    CHECK(output_of(".tar.zst", false) == output_format::tar);
}

TEST_CASE("without zstd the answer to .tar.zst is a plain tar that says so") {
    filled home({.zstd_output = false});
    auto const answer = home.batch_by(0, "b", home.request(".tar.zst", true));
    CHECK(answer.field("Content-Type") == "application/x-tar");
    CHECK((members_of(answer.body) == home.expected));
}

TEST_CASE("the first request's mime is the Content-Type, the second's the archive") {
    filled home;
    auto const location = home.redirect_to(0, "b", home.request(".tgz", true));
    CHECK(ask(location, {.body = home.request("TAR", true)}).status == 400);  // and uses nothing up
    auto const answer = ask(location, {.body = home.request(".zip", true)});
    CHECK(answer.field("Content-Type") == "application/gzip");
    CHECK((members_of(wire_format_of(".zip"), answer.body) == home.expected));
}

TEST_CASE("strict batches end as short archives that are sound in every format") {
    filled home;
    for (auto const& format : wire_formats()) {
        INFO(format.mime);
        auto const json = R"({"in":[{"objname":"r1"},{"objname":"nol"},{"objname":"l1"}],"strm":true,"mime":")" +
                          std::string(format.mime) + "\"}";
        auto const answer = home.batch_by(0, "b", json);
        CHECK(answer.status == 200);
        CHECK(answer.whole);
        CHECK(is_sound(format, answer.body));
        CHECK(members_of(format, answer.body) == std::vector<raw_member>{home.expected[3]});
    }
}

TEST_CASE("a name that a tar cannot have ends a tar and not a zip") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "s", "x");
    auto const entries = std::string(R"({"objname":"s"},{"objname":"l\u0000"},{"objname":"s"})");
    for (auto const& format : wire_formats()) {
        INFO(format.mime);
        auto const answer = home.batch_by(
            0, "b",
            R"({"in":[)" + entries + R"(],"coer":true,"strm":true,"mime":")" + std::string(format.mime) + "\"}");
        CHECK(answer.whole);
        CHECK(members_of(format, answer.body).size() == (format.mime == ".zip" ? 3 : 1));
    }
}
