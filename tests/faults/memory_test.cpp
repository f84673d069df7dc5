// The law: a process's peak memory is at most the budget, one sample and 64 MiB, whatever the format, the sizes and the
// consumer; samples that the consumer keeps come on top.
//
// A reduced set by default; everything with AISLE_MEMORY_ALL=1, which takes some minutes.
#include "load.hpp"

#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/compression/compressor.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <engine/cluster_fixture.hpp>
#include <filesystem>
#include <fstream>
#include <http/scripted_server.hpp>
#include <string>
#include <support/shell.hpp>
#include <support/zip_builder.hpp>
#include <vector>

using namespace aisle;
using namespace aisle::test;

namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t slack_mib = 64;

bool all() {
    return std::getenv("AISLE_MEMORY_ALL") != nullptr;
}

struct run {
    std::string format = ".tar";
    bool multipart = false;
    std::uint64_t size = 4096;
    std::uint64_t batch = 16;
    std::uint64_t budget_mib = 16;
    std::string consumer = "drops";  // "sleeps", or one of load_client's
    std::uint64_t objects = 0;       // 0: by volume
    std::string more = {};           // for load_client
    std::uint64_t most_bytes = 0;    // of one sample, if not size

    std::uint64_t count() const {
        if (objects > 0) return optimised ? objects : std::max<std::uint64_t>(objects / 8, 2);
        auto const volume = (optimised ? 2 * budget_mib + 48 : 16) * mib;
        return std::clamp<std::uint64_t>(volume / size, 2 * batch, 30'000);
    }
};

// The law, and every byte.
void check(std::string const& endpoint, run const& r) {
    auto const text = [](std::uint64_t n) { return std::to_string(n); };
    bool const sleeps = r.consumer == "sleeps";
    auto const arguments = "objects=" + text(r.count()) + " size=" + text(r.size) + " batch=" + text(r.batch) +
                           " budget_mib=" + text(r.budget_mib) + " format=" + r.format +
                           " multipart=" + text(r.multipart) + " consumer=" + (sleeps ? "drops" : r.consumer) +
                           (sleeps ? " pause_ms=700" : "") + (r.more.empty() ? "" : " ") + r.more;
    INFO(arguments);
    auto const got = run_load(endpoint, arguments);
    INFO(got.line);
    CHECK(got.of("right") == r.count());
    CHECK(got.of("failed") == 0);
    if (!optimised) return;
    // A slab may be a quarter larger than its samples.
    auto const kept = r.consumer == "keeps" ? r.count() * (r.size + 1024) * 5 / 4 : 0;
    auto const bound = (r.budget_mib + slack_mib) * mib + std::max(r.size, r.most_bytes) + kept;
    CHECK(got.of("peak_kib") <= bound / 1024);
    if (std::getenv("AISLE_MEMORY_FIGURES"))
        std::printf("%6llu of %6llu MiB, %5llu requests: %s\n",
                    static_cast<unsigned long long>(got.of("peak_kib") / 1024),
                    static_cast<unsigned long long>(bound / mib), static_cast<unsigned long long>(got.of("requests")),
                    arguments.c_str());
}

std::vector<run> matrix() {
    struct kind {
        char const* format;
        bool multipart;
    };
    constexpr kind kinds[] = {{".tar", false},     {".tar", true},  {".tgz", false}, {".tar.lz4", false},
                              {".tar.zst", false}, {".zip", false}, {".zip", true}};
    constexpr std::uint64_t sizes[] = {4 << 10, 1 << 20, 12 << 20};
    constexpr char const* consumers[] = {"drops", "sleeps", "keeps", "sink"};
    std::vector<run> out;
    std::size_t turn = 0;
    for (auto const [format, multipart] : kinds)
        for (auto const size : sizes) {
            auto const entries =
                size == sizes[0] ? std::vector<std::uint64_t>{2'000, 16, 128} : std::vector<std::uint64_t>{16, 128};
            if (!all()) {
                auto const n = turn++;
                out.push_back({format, multipart, size, size > mib ? 16 : entries[n % entries.size()],
                               n / 2 % 2 ? 64u : 16u, consumers[n % 4]});
                continue;
            }
            for (auto const batch : entries)
                for (std::uint64_t const budget : {16u, 64u})
                    for (auto const* consumer : consumers)
                        out.push_back({format, multipart, size, batch, budget, consumer});
        }
    return out;
}

}  // namespace

TEST_CASE(
    "the process stays within its budget, one sample and 64 MiB, whatever the format, the sizes and the consumer") {
    for (auto const& r : matrix()) {
        cluster c(r.count(), r.size);
        check(c.server.endpoint(), r);
    }
}

TEST_CASE("many tiny samples stay within the law, though each takes more than its bytes") {
    cluster c(400'000, 8);
    for (std::uint64_t const batch : {10'000u, 100u}) {
        run r{.size = 8, .batch = batch};
        r.objects = batch == 100 ? 100'000 : 400'000;
        r.more = "in_flight=64";
        check(c.server.endpoint(), r);
    }
}

TEST_CASE("large objects by plain GET stay within the law, however many wait") {
    // Cold: Get-Batch reports them missing.
    playground::server_options cold;
    cold.cold = {"ais://synthetic"};
    struct shape {
        std::uint64_t size_mib, objects, batch, budget_mib;
    };
    for (auto const [size, objects, batch, budget] :
         {shape{200, 3, 3, 16}, shape{40, 12, 12, 64}, shape{3, 64, 16, 16}, shape{400, 4, 2, 64}}) {
        if (size == 400 && !all()) continue;
        cluster c(objects, size * mib, cold);
        for (std::string const consumer : {"sink", "drops", "keeps"}) {
            if (consumer != "sink" && size > 100 && !all()) continue;
            run r{.size = size * mib, .batch = batch, .budget_mib = budget, .consumer = consumer};
            r.objects = objects;
            r.more = "max_sample_mib=512 in_flight=8";
            // Besides the arriving one, the one that the consumer holds.
            if (consumer == "drops") r.most_bytes = 2 * size * mib;
            check(c.server.endpoint(), r);
            REQUIRE(c.server.evict("ais://synthetic"));
        }
    }
}

TEST_CASE("decompressed samples stay within the law") {
    for (auto const& [suffix, as] : {std::pair{".gz", codec::compression::gzip}, {".zst", codec::compression::zstd}}) {
        for (std::uint64_t const size : {mib, 12 * mib}) {
            temporary_folder const folder;
            auto const bucket = std::filesystem::path(folder.file("b"));
            std::filesystem::create_directory(bucket);
            std::uint64_t const objects = size == mib ? 48 : 8;
            std::string plain(size, '\0');
            for (std::uint64_t i = 0; i < objects; ++i) {
                playground::fill_synthetic(i, 0, std::as_writable_bytes(std::span(plain)));
                auto const by = codec::make_compressor(as);
                std::string packed;
                by->write(packed, plain);
                by->finish(packed);
                std::ofstream(bucket / (playground::synthetic_name(i) + suffix), std::ios::binary) << packed;
            }
            playground::server_options options;
            options.root = folder.path();
            playground::server server(options);
            server.start();
            for (std::string const format : {".tar", ".zip"}) {
                run r{.format = format, .size = size, .batch = 16};
                r.objects = objects;
                r.more = "bucket=ais://b suffix=" + std::string(suffix);
                // Compressed samples, while they are decompressed, count too.
                r.most_bytes = 2 * size;
                check(server.endpoint(), r);
            }
        }
    }
}

TEST_CASE("highly compressed data stays within the law: 192 MiB of zeros, some KiB on the wire") {
    temporary_folder const folder;
    auto const bucket = std::filesystem::path(folder.file("b"));
    std::filesystem::create_directory(bucket);
    constexpr std::uint64_t objects = 192;
    for (std::uint64_t i = 0; i < objects; ++i) {
        auto const file = bucket / playground::synthetic_name(i);
        std::ofstream(file).put('\0');
        std::filesystem::resize_file(file, mib);
    }
    playground::server_options options;
    options.root = folder.path();
    playground::server server(options);
    server.start();
    for (std::string const format : {".tgz", ".tar.zst", ".tar.lz4"})
        for (std::string const consumer : {"drops", "sleeps", "sink"}) {
            run r{.format = format, .size = mib, .batch = objects, .consumer = consumer};
            r.objects = objects;
            r.more = "bucket=ais://b zeros=1 in_flight=2";
            check(server.endpoint(), r);
        }
}

namespace {

// The objects named in the body of a Get-Batch request.
std::vector<std::string> names_in(std::string_view request) {
    std::vector<std::string> out;
    for (std::size_t at = 0; (at = request.find("sample-", at)) != request.npos;) {
        auto const end = request.find('"', at);
        out.emplace_back(request.substr(at, end - at));
        at = end;
    }
    return out;
}

// Synthetic object `index`, deflated.
zip_member deflated_member(std::uint64_t index, std::uint64_t size, zip_sizes sizes) {
    std::string plain(size, '\0');
    playground::fill_synthetic(index, 0, std::as_writable_bytes(std::span(plain)));
    constexpr std::size_t gzip_header = 10;
    constexpr std::size_t gzip_trailer = 8;
    auto const by = codec::make_compressor(codec::compression::gzip);
    std::string packed;
    by->write(packed, plain);
    by->finish(packed);
    zip_member out{.name = "synthetic/" + playground::synthetic_name(index), .deflate = true, .sizes = sizes};
    out.raw = packed.substr(gzip_header, packed.size() - gzip_header - gzip_trailer);
    out.size = size;
    out.crc = codec::crc32(0, std::as_bytes(std::span(plain)));
    return out;
}

// A cluster of one node that answers Get-Batch with zip archives of deflated members, which AIStore does not write.
void answer_deflated(http::test::peer& client, std::vector<zip_member> const& objects) {
    for (;;) {
        auto const request = client.read_request();
        if (request.empty()) return;
        auto const names = names_in(request);
        if (names.empty()) {
            client.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            continue;
        }
        zip_builder archive;
        for (auto const& name : names) archive.add(objects.at(*playground::synthetic_index(name)));
        auto const body = archive.archive();
        client.send("HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n");
        if (!client.send(body)) return;
    }
}

}  // namespace

TEST_CASE("deflated members of a zip stay within the law") {
    for (auto const sizes : {zip_sizes::in_header, zip_sizes::in_descriptor})
        for (auto const& [size, budget] : {std::pair{mib, 16u}, {12 * mib, 64u}}) {
            run r{.format = ".zip", .size = size, .batch = 16, .budget_mib = budget};
            r.objects = size == mib ? 64 : 16;
            r.more = "attempts=1";  // this server has no plain GETs, with which the engine repairs a stall
            std::vector<zip_member> objects;
            for (std::uint64_t i = 0; i < r.count(); ++i) objects.push_back(deflated_member(i, size, sizes));
            http::test::scripted_server server([&](http::test::peer& client) { answer_deflated(client, objects); });
            check("http://127.0.0.1:" + std::to_string(server.port()), r);
        }
}
