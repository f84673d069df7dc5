// The effect of a member that cannot be read to its end on other batches of its bucket.

#include "../archives.hpp"
#include "support/soon.hpp"
#include "support/tar_builder.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

// The shard's only member has the size of a megabyte in its header; its data end before that.
std::string cut_shard() {
    return tar_block_builder{.name = "m", .size = octal11(1 << 20)}.bytes() + std::string(70'000, 'x');
}

std::string batch_of(std::string const& entries, bool streaming = true) {
    return R"({"in":[)" + entries + R"(],"coer":true,"strm":)" + (streaming ? "true}" : "false}");
}

constexpr auto local = R"({"objname":"l"})";
constexpr auto remote = R"({"objname":"r"})";
constexpr auto damaged = R"({"objname":"r.tar","archpath":"m"})";

struct troubled : cluster_under_test {
    explicit troubled(playground::server_options options) : cluster_under_test(with(std::move(options))) {
        for (auto const* bucket : {"b", "c"}) {
            create(bucket);
            put(bucket, "l", "x");
            put(bucket, "r", "0123456789");
        }
        put("b", "r.tar", cut_shard());
    }
    static playground::server_options with(playground::server_options options) {
        if (options.max_wait == playground::server_options().max_wait) options.max_wait = 300ms;
        return options;
    }
    /// Whether this target has waited for an entry that another target does not send.
    bool has_waited(unsigned target) {
        return ask(target_urls.at(target) + "/v1/daemon?what=node_stats").body.find("rxwait") != std::string::npos;
    }
    std::string names(unsigned target, std::string const& bucket, std::string const& entries) {
        auto const answer = batch_by(target, bucket, batch_of(entries));
        CHECK(answer.status == 200);
        CHECK(answer.whole);
        return names_of(answer.body);
    }
};

std::string joined(std::initializer_list<char const*> entries) {
    std::string out;
    for (auto const* entry : entries) out += (out.empty() ? "" : ",") + std::string(entry);
    return out;
}

}  // namespace

TEST_CASE("A damaged forwarded member aborts its bucket's job on all targets for some time") {
    troubled home({.abort_lasts = 10min});
    CHECK(home.names(0, "b", joined({local, damaged, local})) == "b/l");
    for (unsigned target : {0u, 1u, 2u}) {
        CHECK(home.names(target, "b", joined({local, remote})) == "");
        auto const in_parts = home.batch_by(target, "b", batch_of(local, false));
        CHECK(in_parts.status == 400);
        CHECK(in_parts.body.find("remote target aborted xaction: x-get-batch[") != std::string::npos);
        CHECK(home.names(target, "c", joined({local, remote})) == "c/l c/r");
    }

    troubled shorter({.abort_lasts = 300ms});
    CHECK(shorter.names(0, "b", joined({damaged})) == "");
    CHECK(soon([&] { return shorter.names(0, "b", joined({local, remote})) == "b/l b/r"; }));
}

TEST_CASE("A batch ends where it is when its job is aborted, with status 200") {
    for (bool const streaming : {true, false}) {
        std::atomic<bool> is_second_planned{false};
        auto const owner = [&](std::string_view, std::string_view name) {
            if (name == "r") is_second_planned = true;
            return name == "l" ? 0u : 1u;
        };
        troubled home({.threads = 2, .max_wait = 1s, .abort_lasts = 1ms, .owner = owner});
        // Each entry that target 1 owns takes a second at target 0.
        home.server.set_faults(playground::fault_plan::parse("sick-target@0").value());
        raw_answer answer;
        auto const entries = joined({local, remote, remote, remote, remote, remote, local});
        auto const location = home.redirect_to(0, "b", batch_of(entries, streaming));
        is_second_planned = false;
        std::thread under_way([&] { answer = ask(location, {.body = batch_of(entries, streaming)}); });
        CHECK(soon([&] { return is_second_planned.load(); }));
        CHECK(home.names(2, "b", joined({damaged})) == "");
        under_way.join();
        CHECK(answer.status == 200);
        CHECK(answer.whole);
        auto const members = members_of(archive_of(answer));
        CHECK(members.size() >= 1);
        CHECK(members.size() < 7);
    }
}

TEST_CASE("The stream between two targets stays broken for longer") {
    auto const part = [](troubled& of) {
        return members_of(of.batch_by(0, "c", batch_of(R"({"objname":"r","start":1,"length":2})")).body);
    };
    troubled home({.broken_stream_lasts = 10min});
    CHECK(home.names(0, "b", joined({damaged})) == "");
    CHECK(!home.has_waited(0));
    auto const begun = std::chrono::steady_clock::now();
    CHECK(home.names(0, "c", joined({local, remote, remote})) == "c/l c/r c/r");  // of every bucket
    CHECK(std::chrono::steady_clock::now() - begun >= 600ms);
    CHECK(home.has_waited(0));
    CHECK(home.names(2, "c", joined({local, remote, remote})) == "c/l c/r c/r");
    CHECK(!home.has_waited(2));
    CHECK(part(home) == std::vector<raw_member>{{"c/r", "0123456789"}});

    troubled shorter({.broken_stream_lasts = 300ms});
    CHECK(shorter.names(0, "b", joined({damaged})) == "");
    CHECK(soon([&] { return part(shorter) == std::vector<raw_member>{{"c/r", "12"}}; }));
}

TEST_CASE("Without these delays only the batch with the damaged member ends") {
    troubled home({});
    CHECK(home.names(0, "b", joined({local, damaged, local})) == "b/l");
    CHECK(home.names(0, "b", joined({local, remote})) == "b/l b/r");
}

TEST_CASE("--like-aistore sets AIStore's delays") {
    auto const real = playground::server_options::like_aistore();
    CHECK(real.tail_delay == 100ms);
    CHECK(real.max_wait == 20s);
    CHECK(real.abort_lasts > 1s);
    CHECK(real.broken_stream_lasts >= 10min);
    CHECK(!real.zstd_output);
}
