#include "../../../codec/src/compression/inflate.hpp"

#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/compression/decompressor.hpp>

#include <zlib.h>

#include <random>
#include <support/expand_log.hpp>
#include <support/grind.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

struct named_inflater {
    char const* name;
    std::unique_ptr<decompressor> (*make)();
};

std::vector<named_inflater> inflaters() {
    std::vector<named_inflater> all = {{"zlib", make_zlib_inflater}};
#ifdef AISLE_HAS_ISAL
    all.push_back({"ISA-L", make_isal_inflater});
#endif
    return all;
}

// Level 0 writes stored blocks; strategy Z_FIXED writes the fixed code of RFC 1951, section 3.2.6.
std::string deflated(std::string const& bytes, int level = 6, int strategy = Z_DEFAULT_STRATEGY) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, level, Z_DEFLATED, -15, 8, strategy) == Z_OK);
    std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

struct sample {
    char const* name;
    std::string plain;
    std::string packed;
};

std::vector<sample> small_samples() {
    auto const text = text_like(700);
    auto const noise = random_bytes(300);
    std::vector<sample> all = {
        {"nothing", "", deflated("")},
        {"one byte", "x", deflated("x")},
        {"text", text, deflated(text)},
        {"text, fixed codes", text, deflated(text, 6, Z_FIXED)},
        {"stored", text, deflated(text, 0)},
        {"nothing, stored", "", deflated("", 0)},
        {"noise", noise, deflated(noise)},
        {"a run", std::string(5000, 'r'), deflated(std::string(5000, 'r'))},
        {"codes without matches", text, deflated(text, 6, Z_HUFFMAN_ONLY)},
    };
    return all;
}

// Longer than the 64 KiB that ISA-L decodes ahead, yet short enough to try many splits.
std::vector<sample> long_samples() {
    std::string const run(150'000, 'r');
    std::string text;
    while (text.size() < 150'000) text += text_like(700);
    return {{"a long run", run, deflated(run)}, {"long text", text, deflated(text)}};
}

// Bytes after the stream: they must not be consumed, whatever they look like.
std::vector<std::string> followers() {
    return {"", "\r\n--boundary--", std::string(16, '\0'), std::string(16, '\xff'), deflated("next"), "x"};
}

}  // namespace

TEST_CASE("raw deflate stops exactly at its end, for every split, output size and following byte") {
    for (auto const& [name, make] : inflaters())
        for (auto const& s : small_samples())
            for (auto const& follower : followers())
                for (std::size_t const space : {1, 7, 512, 65536}) {
                    INFO(name << ", " << s.name << ", space " << space << ", followed by " << follower.size());
                    auto const one = make();
                    auto const log = grind_splits(s.packed + follower, [&](pieces const& input) {
                        one->reset();
                        return expand_all(*one, input, space).log();
                    });
                    REQUIRE(log == expanded{s.plain, s.packed.size(), true, {}}.log());
                }
}

TEST_CASE("raw deflate larger than all buffers stops exactly at its end, for every split and output size") {
    for (auto const& [name, make] : inflaters())
        for (auto const& s : long_samples())
            for (auto const& follower : {std::string(), random_bytes(16)})
                for (std::size_t const space : {1'000, 65'536, 100'001}) {
                    INFO(name << ", " << s.name << ", space " << space << ", followed by " << follower.size());
                    auto const one = make();
                    auto const log = grind_splits(s.packed + follower, [&](pieces const& input) {
                        one->reset();
                        return expand_all(*one, input, space).log();
                    });
                    REQUIRE(log == expanded{s.plain, s.packed.size(), true, {}}.log());
                }
}

TEST_CASE("damaged raw deflate ends or fails in every inflater, with the same output as zlib where zlib reads it") {
    auto const samples = small_samples();
    auto const all = inflaters();
    std::mt19937 random(3);
    for (int round = 0; round < 20'000; ++round) {
        auto packed = samples[random() % samples.size()].packed;
        for (auto n = 1 + random() % 3; n > 0; --n) packed[random() % packed.size()] = static_cast<char>(random());
        packed += random_bytes(random() % 20, static_cast<std::uint32_t>(round));
        auto const space = 1 + random() % 2000;
        auto const step = 1 + random() % 100;
        std::optional<std::string> expected;
        for (auto const& [name, make] : all) {
            auto const seen = expand_all(*make(), cut_every(packed, step), space);
            if (!expected) expected = seen.log();
            if (ends_in_error(*expected) || seen.log() == *expected) continue;
            INFO("round " << round << ", " << name << ": " << seen.log() << "zlib: " << *expected);
            FAIL("differs from zlib's output");
        }
    }
}

TEST_CASE("every truncation of raw deflate is an error") {
    for (auto const& [name, make] : inflaters())
        for (auto const& s : small_samples()) {
            INFO(name << ", " << s.name);
            auto const one = make();
            grind_truncations(
                s.packed,
                [&](pieces const& input) {
                    one->reset();
                    return expand_all(*one, input, 512).log();
                },
                make_error_code(errc::truncated_archive).message());
        }
}
