// Small on the wire and large in memory, or just large: a typed error, and bounded memory.
#include "../cluster_fixture.hpp"

#include <aisle/codec/compression/compressor.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <support/shell.hpp>

using namespace aisle;
using namespace aisle::test;

namespace {

constexpr std::size_t budget = std::size_t{16} << 20;
constexpr std::size_t largest_sample = std::size_t{4} << 20;

engine_options small_budget(std::string endpoint) {
    engine_options o;
    o.endpoint = std::move(endpoint);
    o.memory_budget_bytes = budget;
    o.max_sample_bytes = largest_sample;
    return o;
}

void write_bomb(std::filesystem::path const& to, codec::compression as, std::size_t plain_bytes) {
    std::ofstream out(to, std::ios::binary);
    auto const by = codec::make_compressor(as);
    std::string const zeros(1 << 20, '\0');
    std::string packed;
    for (std::size_t at = 0; at < plain_bytes; at += zeros.size()) {
        packed.clear();
        by->write(packed, zeros);
        out << packed;
    }
    packed.clear();
    by->finish(packed);
    out << packed;
}

}  // namespace

TEST_CASE("samples that decompress to gigabytes are refused, the others arrive, and memory stays bounded") {
    temporary_folder const folder;
    auto const bucket = std::filesystem::path(folder.file("b"));
    std::filesystem::create_directory(bucket);
    write_bomb(bucket / "bomb.gz", codec::compression::gzip, std::size_t{512} << 20);
    write_bomb(bucket / "bomb.zst", codec::compression::zstd, std::size_t{4} << 30);
    REQUIRE(std::filesystem::file_size(bucket / "bomb.zst") < (1 << 20));
    write_bomb(bucket / "good.gz", codec::compression::gzip, std::size_t{3} << 20);

    playground::server_options options;
    options.root = folder.file("");
    playground::server server(options);
    server.start();
    engine e(small_budget(server.endpoint()));
    batch b{"ais://b"};
    b.add("good.gz").add("bomb.gz").add("good.gz").add("bomb.zst").add("good.gz");
    for (auto const* format : {".tar", ".tgz", ".zip"}) {
        INFO(format);
        std::string letters;
        std::size_t most = 0;
        auto const total = e.stream(b, {.output_format = format, .decompress = true}, [&](sample s) {
            letters += to_string(s.status())[0];
            if (s.delivered())
                CHECK(s.size() == std::size_t{3} << 20);
            else
                CHECK(s.why().code == errc::limit_exceeded);
            most = std::max<std::size_t>(most, e.stats().slab_bytes_in_use);
        });
        REQUIRE(total.has_value());
        CHECK(!total->fault);
        CHECK(letters == "dfdfd");
        CHECK(most <= budget + 4 * largest_sample);
    }
}

TEST_CASE("a sample of a gigabyte is skipped without being kept") {
    cluster c(2, std::size_t{1} << 30);
    engine e(small_budget(c.server.endpoint()));
    for (auto const* format : {".tar", ".zip"}) {
        INFO(format);
        std::size_t most = 0;
        auto const total = e.stream(made_up(0, 2), {.in_flight = 2, .output_format = format}, [&](sample s) {
            CHECK(!s.delivered());
            CHECK(s.why().code == errc::limit_exceeded);
            most = std::max<std::size_t>(most, e.stats().slab_bytes_in_use);
        });
        REQUIRE(total.has_value());
        CHECK(total->failed == 2);
        CHECK(!total->fault);
        CHECK(most <= budget + 4 * largest_sample);
    }
}
