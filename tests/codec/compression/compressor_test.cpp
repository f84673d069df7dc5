// Decompresses our streams with Python, gzip, lz4 and zstd, and compares their frame headers with AIStore's.
#include <aisle/codec/compression/compressor.hpp>

#include <random>
#include <support/http_fixture.hpp>
#include <support/shell.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::string compressed(compression c, std::string_view bytes, std::size_t step) {
    auto const one = make_compressor(c);
    std::string out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) one->write(out, bytes.substr(0, step));
    one->finish(out);
    return out;
}

std::string words(std::size_t size) {
    std::string text;
    for (std::uint64_t i = 0; text.size() < size; ++i) text += "word " + std::to_string(i * i % 9973) + ", ";
    return text.substr(0, size);
}

std::string noise(std::size_t size) {
    std::mt19937 random(3);
    std::string text(size, '\0');
    for (auto& c : text) c = static_cast<char>(random());
    return text;
}

struct tool {
    compression format;
    char const* program;
    char const* unpack;  // from a file to standard output
    char const* test;
};

constexpr tool tools[] = {{compression::gzip, "gzip", "gzip -dc < ", "gzip -t < "},
                          {compression::lz4, "lz4", "lz4 -dc < ", "lz4 -t < "},
                          {compression::zstd, "zstd", "zstd -dc < ", "zstd -t < "}};

}  // namespace

TEST_CASE("other tools decompress our streams to the original bytes") {
    temporary_folder const home;
    for (auto const& [format, program, unpack, test] : tools) {
        INFO(program);
        if (!has_program(program)) continue;
        for (auto const& bytes : {std::string(), std::string("x"), words(300), words(262'144), words(700'001),
                                  noise(262'145), noise(600'000), std::string(3'000'000, '\0')}) {
            for (std::size_t const step : {std::size_t{511}, std::size_t{32'768}, std::size_t{10'000'000}}) {
                INFO(bytes.size() << " in steps of " << step);
                auto const path = home.file("packed", compressed(format, bytes, step));
                must(test + path + " 2>&1");
                CHECK((must(unpack + path) == bytes));
            }
        }
    }
}

TEST_CASE("the gzip stream has the same header and trailer as a cluster's") {
    for (auto const* file : {"13_tgz.http", "14_tgz_SHORT.http"}) {
        auto const theirs = load_fixture(file).body;
        temporary_folder const home;
        auto const bytes = must("gzip -dc < " + home.file("theirs", theirs));
        auto const ours = compressed(compression::gzip, bytes, 512);
        CHECK(ours.substr(0, 10) == theirs.substr(0, 10));
        CHECK(ours.substr(ours.size() - 8) == theirs.substr(theirs.size() - 8));
    }
}

TEST_CASE("the lz4 frame has the same header and end mark as a cluster's, and blocks of 256 KiB") {
    auto const theirs = load_fixture("15_lz4.http").body;
    auto const ours = compressed(compression::lz4, words(5000), 512);
    CHECK(ours.substr(0, 7) == theirs.substr(0, 7));
    CHECK(ours.substr(ours.size() - 4) == theirs.substr(theirs.size() - 4));

    // Noise is stored uncompressed, so its block sizes are visible (LZ4 frame format 1.6.4, "Data Blocks").
    auto const stored = compressed(compression::lz4, noise(600'000), 1000);
    std::vector<std::uint32_t> sizes;
    for (std::size_t at = 7; at + 4 <= stored.size();) {
        std::uint32_t size = 0;
        for (std::size_t i = 4; i-- > 0;) size = size << 8 | static_cast<unsigned char>(stored[at + i]);
        sizes.push_back(size);
        at += 4 + (size & 0x7fffffff);
    }
    CHECK(sizes == std::vector<std::uint32_t>{0x80040000, 0x80040000, 0x80000000 | (600'000 - 2 * 262'144), 0});
}

TEST_CASE("the zstd frame has a checksum") {
    auto const bytes = compressed(compression::zstd, "abc", 3);
    CHECK(bytes.substr(0, 4) == "\x28\xb5\x2f\xfd");
    CHECK((bytes[4] & 0x04) != 0);  // RFC 8878, section 3.1.1.1.1, Content_Checksum_flag
}
