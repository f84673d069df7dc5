// Answers captured from a real cluster, replayed byte for byte through parser, decoder and assembler.
#include "one_answer.hpp"

#include <aisle/http/response_parser.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace aisle;

namespace {

std::string captured(std::string const& name) {
    std::ifstream in(std::string(AISLE_TEST_DATA) + "/" + name, std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct outcome {
    std::vector<sample> samples;
    std::optional<error> fault;

    // One letter per sample: its status.
    std::string letters() const {
        std::string out;
        for (auto const& s : samples) out += to_string(s.status())[0];
        return out;
    }
};

std::string text_of(sample const& s) {
    auto const bytes = s.bytes();
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

// Content of an object of the fixtures: "NAME|" repeated and cut.
std::string object_text(std::string const& name, std::size_t size) {
    std::string out;
    while (out.size() < size) out += name + '|';
    out.resize(size);
    return out;
}

test::reading_options usual() {
    test::reading_options how;
    how.intake.max_sample_bytes = 1 << 20;
    how.sent_opaque = true;
    return how;
}

// The bytes arrive `step` at a time, as from a socket into one slab.
outcome replay(std::string const& wire, batch const& asked, std::size_t step, test::reading_options const& how) {
    slab_pool pool(1 << 20);
    auto slab = pool.acquire(wire.size());
    test::one_answer answer(std::make_shared<batch const>(asked), 0, how, pool);
    std::optional<detail::response_decoder> decoder;
    http::response_parser parser;
    outcome out;

    auto drain = [&] { return answer.decode(*decoder, slab); };
    auto run = [&]() -> result<void> {
        std::size_t parsed = 0;
        for (std::size_t received = 0; received < wire.size() && !parser.complete();) {
            auto const size = std::min(step, wire.size() - received);
            std::memcpy(slab->data() + received, wire.data() + received, size);
            received += size;
            std::vector<std::span<std::byte>> pieces;
            auto const used = parser.parse({slab->data() + parsed, received - parsed}, pieces);
            if (!used) return used.error();
            parsed += *used;
            if (!parser.head_done()) continue;
            if (!decoder) {
                REQUIRE(parser.status() == 200);
                auto shape = detail::shape_of(parser.header("content-type"));
                if (!shape) return shape.error();
                decoder.emplace(std::move(*shape), pool);
            }
            for (auto const piece : pieces) {
                decoder->feed(piece);
                if (auto ok = drain(); !ok) return ok;
            }
        }
        if (auto ok = parser.end_of_stream(); !ok) return ok;
        decoder->finish();
        return drain();
    };
    if (auto ok = run(); ok)
        answer.end();
    else
        answer.end(ok.error());
    out.fault = answer.ledger.report().fault;
    out.samples = std::move(answer.samples);
    return out;
}

// The same outcome for every size of reads.
outcome replay_at_all_steps(std::string const& name, batch const& asked, test::reading_options const& how = usual()) {
    auto const wire = captured(name);
    auto whole = replay(wire, asked, wire.size(), how);
    for (std::size_t step :
         {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{511}, std::size_t{512}, std::size_t{1000}}) {
        auto const pieces = replay(wire, asked, step, how);
        REQUIRE(pieces.letters() == whole.letters());
        REQUIRE(pieces.fault.has_value() == whole.fault.has_value());
        if (whole.fault) REQUIRE(pieces.fault->message() == whole.fault->message());
        for (std::size_t i = 0; i < whole.samples.size(); ++i)
            if (whole.samples[i].delivered()) REQUIRE(text_of(pieces.samples[i]) == text_of(whole.samples[i]));
    }
    return whole;
}

batch of(std::vector<std::string> objects) {
    batch b{"ais://tst-fx"};
    for (auto const& o : objects) b.add(o);
    return b;
}

}  // namespace

TEST_CASE("captured: sizes around a tar block") {
    auto const asked = of({"s0", "s1", "s511", "s512", "s513", "s1024", "s5000", "s1"});
    auto const got = replay_at_all_steps("02_tar_sizes.http", asked);
    CHECK(!got.fault);
    REQUIRE(got.letters() == "dddddddd");
    std::size_t const sizes[] = {0, 1, 511, 512, 513, 1024, 5000, 1};
    for (std::size_t i = 0; i < 8; ++i)
        CHECK(text_of(got.samples[i]) == object_text(asked.entries()[i].object, sizes[i]));
}

TEST_CASE("captured: names of every kind") {
    batch asked{"ais://tst-fx"};
    asked.add("\xc3\xbcn\xc3\xaf/\xe6\x97\xa5\xe6\x9c\xac x.bin").add(std::string(101, 'n'));
    asked.add(std::string(120, 'd') + '/' + std::string(60, 'e')).add(std::string(300, 'm'));
    asked.add("__404__/tst-fx/s1").add("q\"<&>\\z").add("s1");
    auto const got = replay_at_all_steps("04_tar_names.http", asked);
    CHECK(!got.fault);
    REQUIRE(got.letters() == "ddddddd");
    for (std::size_t i = 0; i < 6; ++i) CHECK(text_of(got.samples[i]) == object_text(asked.entries()[i].object, 33));
}

TEST_CASE("captured: every form of a missing entry, next to a real empty object") {
    batch asked{"ais://tst-fx"};
    asked.add("nol2").add("nor1").add("noshl0.tar", {.archpath = "a.txt"}).add("noshr0.tar", {.archpath = "a.txt"});
    asked.add("shl0.tar", {.archpath = "no.txt"}).add("shr0.tar", {.archpath = "no.txt"});
    asked.add("shl0.tar", {.archpath = "/a.txt"}).add("shr0.tar", {.archpath = "/a.txt"}).add("s0");
    auto const got = replay_at_all_steps("05_tar_404_names.http", asked);
    CHECK(!got.fault);
    CHECK(got.letters() == "mmmmmmddd");
    CHECK(text_of(got.samples[7]) == "AAAA");
}

TEST_CASE("captured: strict mode does not apply to a peer's object, but its absence is detected") {
    auto const got = replay_at_all_steps("06_tar_strict_remote_missing.http", of({"s1", "nor1", "loc0"}));
    CHECK(!got.fault);
    CHECK(got.letters() == "dmd");
}

TEST_CASE("captured: clean answers that are short") {
    auto short_at = [](std::string const& file, batch const& asked, std::string const& letters, std::uint64_t entry) {
        auto const got = replay_at_all_steps(file, asked);
        REQUIRE(got.fault);
        CHECK(got.fault->code == errc::short_batch);
        CHECK(got.fault->entry == entry);
        CHECK(got.letters() == letters);
    };
    short_at("07_tar_strict_local_missing_SHORT.http", of({"s1", "nol2", "loc0"}), "dff", 1);
    short_at("08_tar_softerr_SHORT.http",
             of({"s1", "nol2", "nol4", "nol7", "nol8", "nol10", "nol16", "nol18", "nol20", "nol22", "nol28", "nol32",
                 "nol34", "s511"}),
             "dmmmmmmmmmffff", 10);
    batch empty{"ais://tst-fx"};
    empty.add("loc0", {.range = {10, 1000}}).add("s1");
    short_at("09_tar_oob_EMPTY.http", empty, "ff", 0);
}

TEST_CASE("captured: a range answered with the whole object") {
    batch asked{"ais://tst-fx"};
    asked.add("s1").add("gfn3", {.range = {2, 3}});
    auto const got = replay_at_all_steps("10_tar_range_gfn_WHOLE.http", asked);
    CHECK(!got.fault);
    REQUIRE(got.letters() == "df");
    CHECK(got.samples[1].why().code == errc::wrong_size);
    CHECK(got.samples[1].why().entry == 1);
}

TEST_CASE("captured: ranges in objects and in members of shards") {
    batch asked{"ais://tst-fx"};
    asked.add("shl0.tar", {.archpath = "d/b.bin", .range = {5, 3}})
        .add("shr0.tgz", {.archpath = "d/b.bin", .range = {250, -1}});
    asked.add("shl1.zip", {.archpath = "a.txt"})
        .add("shr0.tar", {.archpath = "empty.txt"})
        .add("shr0.tar", {.archpath = "ln.txt"});
    asked.add("s5000", {.range = {4990, 10}}).add("s5000", {.range = {0, 4}});
    auto const got = replay_at_all_steps("11_tar_archpath_range.http", asked);
    CHECK(!got.fault);
    REQUIRE(got.letters() == "ddddddd");
    CHECK(text_of(got.samples[0]) == std::string("\5\6\7"));
    CHECK(text_of(got.samples[1]) == "\xfa\xfb\xfc\xfd\xfe\xff");
    CHECK(text_of(got.samples[5]) == object_text("s5000", 5000).substr(4990));
}

TEST_CASE("captured: a truncated member under clean chunking") {
    batch asked{"ais://tst-fx"};
    asked.add("s1").add("cutl0.tar", {.archpath = "big.bin"}).add("s511");
    auto const got = replay_at_all_steps("12_tar_member_CUT.http", asked);
    REQUIRE(got.fault);
    CHECK(got.fault->code == errc::truncated_archive);
    CHECK(got.fault->entry == 1);
    CHECK(got.letters() == "dff");
}

TEST_CASE("captured: multipart with its metadata quirks") {
    batch asked{"ais://tst-fx"};
    asked.add("s1", {.opaque = std::string("\0\1\2", 3)}).add("nor1", {.opaque = "\xfb\xff"}).add("loc0").add("rem0");
    asked.add("shr0.tar", {.archpath = "a.txt"}).add("shl0.tar", {.archpath = "d/b.bin"}).add("q\"<&>\\z").add("s0");
    auto const got = replay_at_all_steps("18_multipart_tar.http", asked);
    CHECK(!got.fault);
    REQUIRE(got.letters() == "dmdddddd");
    CHECK(got.samples[1].why().server_text.find("nor1") != std::string::npos);
    CHECK(text_of(got.samples[3]) == object_text("rem0", 40));
}

TEST_CASE("captured: metadata without entries") {
    auto const got = replay_at_all_steps("28_multipart_out_EMPTY.http", of({"s1", "s511"}));
    REQUIRE(got.fault);
    CHECK(got.fault->code == errc::metadata_mismatch);
    CHECK(got.letters() == "ff");
}

TEST_CASE("captured: a member without a name") {
    auto const got = replay_at_all_steps("25_tar_uname_EMPTYNAME.http", of({"loc0", "s1"}));
    REQUIRE(got.fault);
    CHECK(got.fault->entry == 0);
    CHECK(got.letters() == "ff");
}

TEST_CASE("captured: different opaque bytes in the metadata than were sent") {
    batch asked{"ais://tst-fx"};
    asked.add("s1").add("nor1").add("loc0").add("rem0").add("shr0.tar", {.archpath = "a.txt"});
    asked.add("shl0.tar", {.archpath = "d/b.bin"}).add("q\"<&>\\z").add("s0");
    auto const got = replay_at_all_steps("18_multipart_tar.http", asked);
    REQUIRE(got.fault);
    CHECK(got.fault->code == errc::metadata_mismatch);
    CHECK(got.letters() == "ffffffff");
}

TEST_CASE("captured: the same name from two buckets under only-object-name") {
    batch asked{"ais://tst-fx"};
    asked.add("s1").add("ais://tst-fx2", "s1").add("shr0.tar", {.archpath = "a.txt"});
    auto how = usual();
    how.only_object_names = true;
    auto const got = replay_at_all_steps("03_tar_onob_2buckets.http", asked, how);
    CHECK(!got.fault);
    REQUIRE(got.letters() == "ddd");
    CHECK(got.samples[0].size() == 1);
    CHECK(got.samples[1].size() == 7);
    CHECK(text_of(got.samples[2]) == "AAAA");
    CHECK(replay_at_all_steps("03_tar_onob_2buckets.http", asked).fault->code == errc::wrong_member);
}

TEST_CASE("captured: tar in gzip, tar in an lz4 frame") {
    for (auto const* name : {"13_tgz.http", "15_lz4.http"}) {
        auto const got = replay_at_all_steps(name, of({"s1", "s0", "s5000", "nor1"}));
        INFO(name);
        CHECK(!got.fault);
        REQUIRE(got.letters() == "dddm");
        CHECK(text_of(got.samples[0]) == "s");
        CHECK(text_of(got.samples[2]) == object_text("s5000", 5000));
    }
    auto const short_one = replay_at_all_steps("14_tgz_SHORT.http", of({"s1", "nol2", "loc0"}));
    REQUIRE(short_one.fault);
    CHECK(short_one.fault->code == errc::short_batch);
    CHECK(short_one.letters() == "dff");
}

TEST_CASE("captured: zip without sizes, its entries delivered in order") {
    batch asked{"ais://tst-fx"};
    asked.add("s1").add("s0").add("\xc3\xbcn\xc3\xaf/\xe6\x97\xa5\xe6\x9c\xac x.bin").add("s513").add("s1").add("nor1");
    auto const got = replay_at_all_steps("16_zip.http", asked);
    CHECK(!got.fault);
    REQUIRE(got.letters() == "dddddm");
    CHECK(text_of(got.samples[3]) == object_text("s513", 513));
    CHECK(got.samples[5].why().code == errc::missing);

    auto const in_parts = replay_at_all_steps("19_multipart_zip.http", of({"s1", "s513"}));
    CHECK(!in_parts.fault);
    REQUIRE(in_parts.letters() == "dd");
    CHECK(text_of(in_parts.samples[1]) == object_text("s513", 513));

    auto const by_gzip = replay_at_all_steps("26_mime_gzip_is_zip.http", of({"s1"}));
    CHECK(!by_gzip.fault);
    CHECK(text_of(by_gzip.samples[0]) == "s");
}

TEST_CASE("captured: a valid zip with truncated data is detected only if a size is expected") {
    batch asked{"ais://tst-fx"};
    asked.add("s1").add("cutl0.tar", {.archpath = "big.bin"});
    auto const unknowing = replay_at_all_steps("17_zip_CUT_validcrc.http", asked);
    CHECK(!unknowing.fault);
    CHECK(unknowing.letters() == "dd");

    batch knowing{"ais://tst-fx"};
    knowing.add("s1").add("cutl0.tar", {.archpath = "big.bin", .expected_size = 20'000});
    auto const got = replay_at_all_steps("17_zip_CUT_validcrc.http", knowing);
    CHECK(!got.fault);
    REQUIRE(got.letters() == "df");
    CHECK(got.samples[1].why().code == errc::wrong_size);
}

TEST_CASE("captured answers cut at any byte never count as complete") {
    struct whole_answer {
        std::string file;
        batch asked;
    };
    batch named{"ais://tst-fx"};
    named.add("s1").add("s0").add("\xc3\xbcn\xc3\xaf/\xe6\x97\xa5\xe6\x9c\xac x.bin").add("s513").add("s1").add("nor1");
    whole_answer const answers[] = {
        {"02_tar_sizes.http", of({"s0", "s1", "s511", "s512", "s513", "s1024", "s5000", "s1"})},
        {"13_tgz.http", of({"s1", "s0", "s5000", "nor1"})},
        {"15_lz4.http", of({"s1", "s0", "s5000", "nor1"})},
        {"16_zip.http", named},
        {"19_multipart_zip.http", of({"s1", "s513"})},
    };
    for (auto const& [file, asked] : answers) {
        auto const wire = captured(file);
        auto const head = wire.find("\r\n\r\n") + 4;
        for (std::size_t cut = head; cut<wire.size(); cut += cut + 1600> wire.size() ? 1 : 13) {
            auto const got = replay(wire.substr(0, cut), asked, 4096, usual());
            REQUIRE(got.fault);
            REQUIRE(got.fault->code == errc::truncated_body);
            REQUIRE(got.samples.size() == asked.size());
        }
    }
}
