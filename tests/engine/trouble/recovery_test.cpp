// Faults of real clusters: bad entries, odd names, hung proxies, sick targets, cold buckets. Nodes have their own
// addresses and delays, as AIStore's do.
#include "../cluster_fixture.hpp"

#include <aisle/codec/checksum/checksum.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <support/certificates.hpp>
#include <support/pattern.hpp>
#include <support/soon.hpp>
#include <support/tar_builder.hpp>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

struct outcome {
    std::string letters;  // one per sample: its status
    std::uint64_t right = 0;
    std::map<std::uint64_t, error> why;  // by the entry's number in the stream
    summary total;
    engine_stats stats;
    clock_type::duration took{};
};

outcome fetch(engine& e, std::vector<batch> batches, stream_options how = {},
              std::function<void(std::uint64_t)> on_sample = {}) {
    outcome out;
    std::uint64_t next = 0;
    auto const began = clock_type::now();
    auto const total = e.stream(std::move(batches), std::move(how), [&](sample s) {
        out.letters += to_string(s.status())[0];
        out.right += is_right(s);
        if (!s.delivered()) out.why.emplace(next, s.why());
        if (on_sample) on_sample(next);
        ++next;
    });
    out.took = clock_type::now() - began;
    REQUIRE(total.has_value());
    out.total = *total;
    out.stats = e.stats();
    return out;
}

std::string only_at(std::size_t count, std::size_t at, char other) {
    std::string out(count, 'd');
    out[at] = other;
    return out;
}

/// Files in buckets of a playground.
struct kept_files {
    explicit kept_files(playground::server_options options = {}) : server(prepared(folder, std::move(options))) {}

    static playground::server_options prepared(temporary_folder const& folder, playground::server_options options) {
        options.root = folder.path();
        options.target_hosts = {"127.0.0.2", "127.0.0.3", "127.0.0.4"};
        options.seed = 7;
        return options;
    }
    void keep(std::string const& bucket, std::string const& name, std::string const& bytes) const {
        auto const path = folder.path() / bucket / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << bytes;
    }
    engine_options for_engine() {
        server.start();
        engine_options o;
        o.endpoint = server.endpoint();
        o.proxy_timeout = 60s;
        return o;
    }

    temporary_folder folder;
    playground::server server;
};

std::string text_of(sample const& s) {
    auto const bytes = s.bytes();
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

std::string shard_of(std::map<std::string, std::string> const& members) {
    std::string out;
    for (auto const& [name, bytes] : members) out += tar_member({.name = name}, bytes);
    return out + tar_end();
}

}  // namespace

TEST_CASE("a range out of bounds fails only its own entry, and no other waits for it") {
    cluster c(1'000, 10'240);
    engine e(c.for_engine());
    for (bool const streaming : {true, false}) {
        INFO((streaming ? "streamed" : "multipart"));
        auto b = made_up(0, 17);
        b.add("ais://synthetic", playground::synthetic_name(17), {.range = {1'000'000, 10}});
        for (std::uint64_t i = 18; i < 41; ++i) b.add("ais://synthetic", playground::synthetic_name(i));
        auto const got = fetch(e, {b}, {.streaming_get = streaming});
        CHECK(got.letters == only_at(41, 17, 'f'));
        CHECK(got.right == 40);
        REQUIRE(got.why.contains(17));
        CHECK(got.why.at(17).http_status == 416);
        CHECK(got.took < 20s);
    }
}

TEST_CASE("many batches in flight with one bad entry each delay no other entry") {
    cluster c(2'000, 2'000);
    engine e(c.for_engine());
    std::vector<batch> batches;
    for (std::uint64_t i = 0; i < 40; ++i) {
        batches.push_back(made_up(i * 32, 32));
        batches.back().add("ais://synthetic", playground::synthetic_name(i), {.range = {1'000'000, 10}});
        for (std::uint64_t k = 0; k < 8; ++k) batches.back().add("ais://synthetic", playground::synthetic_name(k));
    }
    auto const got = fetch(e, batches, {.in_flight = 40});
    CHECK(got.right == 40 * 40);
    CHECK(got.total.failed == 40);
    CHECK(got.took < 20s);
}

TEST_CASE("five bad entries of five kinds fail one by one, each with the server's message") {
    kept_files home;
    auto const bytes = pattern(3'000);
    for (int i = 0; i < 128; ++i) home.keep("b", "o" + std::to_string(i), bytes);
    auto const shard = shard_of({{"a", pattern(5'000)}, {"z", pattern(200'000)}});
    home.keep("b", "good.tar", shard);
    home.keep("b", "cut.tar", shard.substr(0, shard.size() - 100'000));
    home.keep("b", "text.tar", "this is no archive");
    engine e(home.for_engine());
    batch b{"ais://b"};
    for (int i = 0; i < 128; ++i) {
        switch (i) {
            case 10: b.add("not-there"); break;
            case 30: b.add("o1", {.range = {1'000'000, 10}}); break;
            case 50: b.add("cut.tar", {.archpath = "z"}); break;
            case 70: b.add("text.tar", {.archpath = "a"}); break;
            case 90: b.add("good.tar", {.archpath = "b"}); break;
            default: b.add("o" + std::to_string(i));
        }
    }
    auto expected = std::string(128, 'd');
    expected[10] = expected[90] = 'm';
    expected[30] = expected[50] = expected[70] = 'f';
    for (bool const streaming : {true, false}) {
        INFO((streaming ? "streamed" : "multipart"));
        auto const got = fetch(e, {b}, {.streaming_get = streaming});
        CHECK(got.letters == expected);
        CHECK(got.took < 20s);
    }
}

TEST_CASE("a ranged member that no Get-Batch delivers arrives by plain GET, with every byte in its place") {
    kept_files home;
    auto const bytes = pattern(1 << 20);
    home.keep("b", "s.tar", shard_of({{"m", bytes}}));
    engine e(home.for_engine());
    home.server.set_faults(playground::fault_plan::parse("short@0").value());
    for (auto const range : {byte_range{1'000, 500'000}, byte_range{0, 300'000}, byte_range{700'000, -1}}) {
        auto const want = bytes.substr(static_cast<std::size_t>(range.start),
                                       range.length > 0 ? static_cast<std::size_t>(range.length) : bytes.npos);
        codec::hasher hash(codec::checksum_type::sha256);
        hash.update(std::as_bytes(std::span(want)));
        batch b{"ais://b"};
        b.add("s.tar", {.archpath = "m", .range = range, .expected_checksum = "sha256:" + hash.finish()});
        std::uint64_t right = 0;
        auto const total = e.stream(b, {}, [&](sample s) { right += s.delivered() && text_of(s) == want; });
        REQUIRE(total.has_value());
        CHECK(right == 1);
    }
    CHECK(e.stats().plain_gets >= 3);  // more if the machine stalls
}

TEST_CASE("names that are invalid in URLs arrive by plain GET, and so does everything after them") {
    kept_files home;
    std::vector<std::string> const names{"video[1].mp4", "a b.txt",    "q\"uote", "100%.txt", "what?.txt",  "#1",
                                         "a+b",          "ü/日本.bin", "plain",   "{x}|y^z",  "back\\slash"};
    for (auto const& name : names) home.keep("b", name, "content of " + name);
    engine e(home.for_engine());
    home.server.set_faults(playground::fault_plan::parse("short@0").value());
    batch b{"ais://b"};
    for (auto const& name : names) b.add(name);
    std::uint64_t right = 0;
    auto const total = e.stream(b, {}, [&](sample s) {
        INFO(s.entry().object << (s.delivered() ? "" : ": " + s.why().message()));
        REQUIRE(s.delivered());
        right += text_of(s) == "content of " + s.entry().object;
    });
    REQUIRE(total.has_value());
    CHECK(right == names.size());
    CHECK(e.stats().plain_gets >= names.size());  // more if the machine stalls
}

TEST_CASE("when the proxy hangs, everything moves to the other one, which only the map named") {
    playground::server_options options;
    options.proxy_hosts = {"127.0.0.1", "127.0.0.5"};
    cluster c(20'000, 1'000, options);
    auto o = c.for_engine();
    o.proxy_timeout = 2s;
    engine e(o);
    auto const got = fetch(e, made_up_batches(200, 100), {.in_flight = 8}, [&](std::uint64_t n) {
        if (n == 3'000) c.spoil("hang-proxy@0");
    });
    CHECK(got.right == 20'000);
    CHECK(got.took < 60s);
}

TEST_CASE("a proxy that its cluster has removed is left by the engine too") {
    playground::server_options options;
    options.proxy_hosts = {"127.0.0.1", "127.0.0.5"};
    cluster c(10'000, 1'000, options);
    auto o = c.for_engine();
    o.proxy_timeout = 2s;
    engine e(o);
    auto const got = fetch(e, made_up_batches(100, 100), {.in_flight = 4}, [&](std::uint64_t n) {
        if (n == 1'000) c.spoil("stranger-proxy@0");
    });
    CHECK(got.right == 10'000);
    CHECK(got.took < 60s);
}

TEST_CASE("a target that receives nothing from its peers is avoided") {
    playground::server_options options;
    options.targets = 4;
    cluster c(32'000, 1'000, options);
    c.spoil("sick-target@1");
    engine e(c.for_engine());
    auto const got = fetch(e, made_up_batches(1'000, 32), {.in_flight = 16});
    CHECK(got.right == 32'000);
    CHECK(got.took < 120s);  // much less than the idle timeout of 150 s; ThreadSanitizer needs 27 s at a load of 16
    CHECK(got.stats.redirects_dropped > 50);
    // A twentieth of the entries: 50 whole batches, or more that have lost their first entries. 2 on a quiet machine.
    CHECK(got.stats.hedges < 200);
}

TEST_CASE("a target that becomes sick while much is in flight delays only its own requests") {
    playground::server_options options;
    options.targets = 4;
    cluster c(32'000, 1'000, options);
    engine e(c.for_engine());
    auto const got = fetch(e, made_up_batches(1'000, 32), {.in_flight = 16}, [&](std::uint64_t n) {
        if (n == 6'000) c.spoil("sick-target@2");
    });
    CHECK(got.right == 32'000);
    CHECK(got.took < 120s);  // much less than the idle timeout of 150 s; ThreadSanitizer needs 27 s at a load of 16
}

TEST_CASE("a target that was lost for a while costs time, and none of its objects is missing") {
    cluster c(3'000, 1'000);
    std::atomic<int> maps{0};
    auto o = c.for_engine();
    o.shards = 1;
    o.log.hook = [&](log_level, std::string_view event, std::span<log_field const>) { maps += event == "map.changed"; };
    engine e(o);
    std::thread healer;
    auto const got = fetch(e, made_up_batches(300, 10), {.in_flight = 4}, [&](std::uint64_t n) {
        if (n != 300) return;
        c.spoil("lost-target@1");
        // The playground's old map returns, so the engine must have seen the other one.
        healer = std::thread([&] {
            soon([&] { return maps >= 2; });
            std::this_thread::sleep_for(1s);
            c.spoil("");
        });
    });
    healer.join();
    CHECK(got.right == 3'000);
    CHECK(got.total.missing == 0);
    CHECK(got.took < 20s);
}

TEST_CASE("the objects of a cold bucket are fetched into the cluster, once") {
    playground::server_options options;
    options.cold = {"ais://synthetic"};
    options.cold_latency = 50ms;
    cluster c(64, 5'000, options);
    engine e(c.for_engine());
    auto const first = fetch(e, {made_up(0, 64)});
    CHECK(first.right == 64);
    // One plain GET starts before the bucket counts as cold; more do if the machine stalls.
    CHECK(first.total.cold >= 32);
    CHECK(first.total.cold <= 64);
    CHECK(first.stats.plain_gets >= 64);
    CHECK(first.took < 30s);
    auto const second = fetch(e, {made_up(0, 64)});
    CHECK(second.right == 64);
    CHECK(second.total.cold == 0);
}

TEST_CASE("one member of a cold shard fetches it, and the others arrive by Get-Batch") {
    playground::server_options options;
    options.cold = {"s3:b"};
    kept_files home(options);
    std::map<std::string, std::string> members;
    for (int i = 0; i < 40; ++i) members["m" + std::to_string(i)] = "content " + std::to_string(i);
    home.keep("s3:b", "1.tar", shard_of(members));
    home.keep("s3:b", "2.tar", shard_of(members));
    engine e(home.for_engine());
    batch b{"s3://b"};
    for (auto const* shard : {"1.tar", "2.tar"})
        for (auto const& [name, _] : members) b.add(shard, {.archpath = name});
    std::uint64_t right = 0;
    auto const total =
        e.stream(b, {}, [&](sample s) { right += s.delivered() && text_of(s) == members.at(s.entry().archpath); });
    REQUIRE(total.has_value());
    CHECK(right == 80);
    CHECK(total->cold <= 2);
    CHECK(e.stats().plain_gets >= 2);
    CHECK(e.stats().plain_gets < 40);  // 2, and a few more if the machine stalls
    CHECK(fetch(e, {b}).total.cold == 0);
}

TEST_CASE("an object that a cold bucket's backend does not have either is missing") {
    playground::server_options options;
    options.cold = {"s3:b"};
    kept_files home(options);
    home.keep("s3:b", "there", "1");
    engine e(home.for_engine());
    batch b{"s3://b"};
    b.add("there").add("not-there").add("there").add("nor-this");
    auto const got = fetch(e, {b});
    CHECK(got.letters == "dmdm");
}

TEST_CASE("with cold_gets = 0 cold objects are missing") {
    playground::server_options options;
    options.cold = {"s3:b"};
    kept_files home(options);
    home.keep("s3:b", "there", "1");
    auto o = home.for_engine();
    o.cold_gets = 0;
    engine e(o);
    batch b{"s3://b"};
    b.add("there");
    // If the machine stalls, the engine requests the entry by plain GET, which fetches it: then once more.
    CHECK(soon([&] {
        REQUIRE(home.server.evict("s3://b"));
        return fetch(e, {b}).letters == "m";
    }));
}

TEST_CASE("the engine waits for a starting cluster") {
    playground::server_options options;
    options.startup = 2s;
    auto const began = clock_type::now();
    cluster c(640, 1'000, options);
    engine e(c.for_engine());
    auto const got = fetch(e, made_up_batches(10, 64));
    auto const took = clock_type::now() - began;
    CHECK(got.right == 640);
    CHECK(took >= 2s);
    CHECK(took < 60s);
}
