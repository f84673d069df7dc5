// Options of entries and batches, and what a sample reports of its answer; against the playground.
#include "../cluster_fixture.hpp"

#include <aisle/codec/checksum/checksum.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace aisle;
using namespace aisle::test;

namespace {

std::string sum_of(codec::checksum_type type, std::uint64_t index, std::size_t size) {
    std::vector<std::byte> bytes(size);
    playground::fill_synthetic(index, 0, bytes);
    codec::hasher h(type);
    h.update(bytes);
    return std::string(codec::to_string(type)) + ':' + h.finish();
}

}  // namespace

TEST_CASE("a flipped byte is detected if a checksum is expected, in every format") {
    cluster c(4, 30'000);
    c.spoil("flip@2");
    for (auto const* format : {".tar", ".tgz", ".tar.lz4", ".zip", ".tar.zst"})
        for (auto const type : {codec::checksum_type::xxhash, codec::checksum_type::crc32c, codec::checksum_type::md5,
                                codec::checksum_type::sha256, codec::checksum_type::sha512}) {
            INFO(format << ' ' << codec::to_string(type));
            batch b{"ais://synthetic"};
            for (std::uint64_t i = 0; i < 4; ++i)
                b.add(playground::synthetic_name(i),
                      {.expected_size = 30'000, .expected_checksum = sum_of(type, i, 30'000)});
            engine e(c.for_engine());
            std::string letters;
            auto how = once_each();
            how.output_format = format;
            auto const total = e.stream(b, how, [&](sample s) {
                letters += to_string(s.status())[0];
                if (!s.delivered()) {
                    CHECK(s.why().code == errc::wrong_checksum);
                    CHECK(s.why().entry == 2);
                    CHECK(s.why().batch == 0);
                }
            });
            REQUIRE(total.has_value());
            CHECK(letters == "ddfd");
        }
}

TEST_CASE("an entry's tag and opaque bytes are returned with its sample, whether they were sent or not") {
    cluster c(10, 5'000);
    engine e(c.for_engine());
    batch b{"ais://synthetic"};
    for (std::uint64_t i = 0; i < 6; ++i)
        b.add(playground::synthetic_name(i), {.opaque = std::string("\0x", 2), .tag = UINT64_MAX - i});
    b.add("not-there", {.tag = 7}).add(playground::synthetic_name(7));
    CHECK(b.entries().back().tag == 0);
    for (bool const streaming : {true, false})
        for (bool const sends : {true, false}) {
            INFO(streaming << sends);
            auto how = once_each();
            how.streaming_get = streaming;
            how.send_opaque = sends;
            std::vector<sample> got;
            // A multipart answer's metadata is compared with what was sent: the playground returns what it received.
            auto const total = e.stream(b, how, [&](sample s) { got.push_back(std::move(s)); });
            REQUIRE(total.has_value());
            CHECK(!total->fault);
            REQUIRE(got.size() == 8);
            for (std::uint64_t i = 0; i < 6; ++i) {
                CHECK(is_right(got[i]));
                CHECK(got[i].entry().tag == UINT64_MAX - i);
                CHECK(got[i].entry().opaque == std::string("\0x", 2));
            }
            CHECK(got[6].entry().tag == 7);
            CHECK(got[6].status() == sample_status::missing);
        }
}

TEST_CASE("a sample names the target that answered it, and the request ID") {
    cluster c(10, 100);
    engine e(c.for_engine());
    batch b = made_up(0, 4);
    b.add("ais://synthetic", "../never-sent");
    std::string report_target;
    std::string report_id;
    auto how = once_each();
    how.on_batch_end = [&](batch_report const& r) {
        report_target = r.designated_target;
        report_id = r.request_id;
    };
    std::vector<sample> kept;
    REQUIRE(e.stream(b, how, [&](sample s) { kept.push_back(std::move(s)); }).has_value());
    CHECK(report_target.starts_with("127.0.0."));
    CHECK(report_id.find('/') != std::string::npos);
    CHECK(kept.back().designated_target().empty());
    kept.pop_back();
    for (auto const& s : kept) {
        CHECK(s.designated_target() == report_target);
        CHECK(s.request_id() == report_id);
    }
    engine nobody({.endpoint = "http://127.0.0.1:1"});
    for (auto const& s : nobody.get(made_up(0, 1), {.retry = no_retry})) {
        CHECK(s.designated_target().empty());
        CHECK(s.request_id().empty());
    }
}

TEST_CASE("without cont_on_err a missing entry ends its batch, whichever target answers") {
    for (unsigned owner : {0u, 1u}) {
        playground::server_options options;
        options.targets = 2;
        options.owner = [owner](auto, auto) { return owner; };
        cluster c(10, 100, options);
        engine e(c.for_engine());
        for (bool const streaming : {true, false}) {
            for (int again = 0; again < 4; ++again) {  // the answering target is random
                batch b = made_up(0, 2);
                b.add("ais://synthetic", "not-there").add("ais://synthetic", playground::synthetic_name(3));
                std::string letters;
                stream_options how;
                how.streaming_get = streaming;
                how.cont_on_err = false;
                auto const total = e.stream(b, how, [&](sample s) { letters += to_string(s.status())[0]; });
                REQUIRE(total.has_value());
                CHECK(total->fault.has_value());
                INFO(streaming << ' ' << letters);
                CHECK(letters == "ddff");
            }
        }
    }
}

TEST_CASE("only object names on the wire, a colocation hint, samples over the limit") {
    cluster c(10, 50'000);
    engine e(c.for_engine());
    stream_options how;
    how.only_obj_name = true;
    how.colocation = colocation_hint::target_aware;
    std::uint32_t right = 0;
    REQUIRE(e.stream(made_up(0, 10), how, [&](sample s) { right += is_right(s); }).has_value());
    CHECK(right == 10);

    auto small = c.for_engine();
    small.max_sample_bytes = 49'999;
    engine careful(small);
    for (auto const* format : {".tar", ".tgz", ".zip"}) {
        INFO(format);
        auto const total = careful.stream(made_up(0, 4), {.output_format = format}, [&](sample s) {
            REQUIRE(!s.delivered());
            CHECK(s.why().code == errc::limit_exceeded);
        });
        REQUIRE(total.has_value());
        CHECK(total->failed == 4);
        CHECK(!total->fault);
    }
}
