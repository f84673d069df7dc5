// Answers of other servers, and of intermediaries.
#include "../cluster_fixture.hpp"
#include "one_answer.hpp"

#include <aisle/codec/compression/compressor.hpp>
#include <aisle/codec/multipart/multipart_writer.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

#include <catch2/catch.hpp>
#include <openssl/evp.h>

#include <atomic>
#include <cstring>
#include <http/scripted_server.hpp>
#include <request/answer_text.hpp>
#include <string>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<batch const> objects(std::size_t count) {
    batch b{"ais://b"};
    for (std::size_t i = 0; i < count; ++i) b.add("object-" + std::to_string(i));
    return std::make_shared<batch const>(std::move(b));
}

std::string tar_of(batch const& asked) {
    std::string out;
    for (auto const& e : asked.entries()) {
        REQUIRE(codec::append_tar_header(out, "b/" + e.object, e.object.size()));
        out += e.object;
        codec::append_tar_padding(out, e.object.size());
    }
    codec::append_tar_end(out);
    return out;
}

std::string compressed(codec::compression by, std::string const& plain) {
    std::string out;
    auto const writer = codec::make_compressor(by);
    writer->write(out, plain);
    writer->finish(out);
    return out;
}

std::string in_multipart(std::string const& metadata, std::string const& archive) {
    std::string out;
    codec::append_multipart_metadata(out, "B", metadata);
    codec::append_multipart_archive(out, "B", "job");
    out += archive;
    codec::append_multipart_end(out, "B");
    return out;
}

std::string metadata_of(batch const& asked) {
    codec::get_batch_metadata all;
    for (auto const& e : asked.entries()) {
        auto& one = all.out.emplace_back();
        one.objname = e.object;
        one.bucket = "b";
        one.provider = "ais";
        one.size = static_cast<std::int64_t>(e.object.size());
    }
    std::string out;
    codec::write_metadata(out, all);
    return out;
}

struct outcome {
    std::string letters;
    std::optional<error> fault;
    std::size_t fed = 0;
};

// The body of an answer, `step` bytes at a time.
outcome read(std::shared_ptr<batch const> const& asked, detail::answer_shape shape, std::string const& body,
             std::size_t step) {
    slab_pool pool(64 << 20);
    auto const slab = pool.acquire(body.size());
    std::memcpy(slab->data(), body.data(), body.size());
    reading_options how;
    how.intake.max_sample_bytes = 1 << 20;
    one_answer answer(asked, 0, how, pool);
    std::vector<std::uint32_t> all(asked->size());
    for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    detail::response_decoder decoder(std::move(shape), pool, detail::metadata_limits_of(asked->entries(), all));
    outcome out;
    result<void> ok;
    while (ok && out.fed < body.size()) {
        auto const n = std::min(step, body.size() - out.fed);
        decoder.feed({slab->data() + out.fed, n});
        out.fed += n;
        ok = answer.decode(decoder, slab);
    }
    if (ok) {
        decoder.finish();
        ok = answer.decode(decoder, slab);
    }
    if (ok)
        answer.end();
    else
        answer.end(ok.error());
    for (auto const& s : answer.samples) out.letters += to_string(s.status())[0];
    out.fault = answer.ledger.report().fault;
    if (!ok) out.fault = ok.error();
    return out;
}

detail::answer_shape multipart() {
    return {{}, "B"};
}

std::string words_of(outcome const& o) {
    return o.letters + (o.fault ? " " + o.fault->message() : "");
}

/// A cluster of one node with the same answer to every Get-Batch and every object, and without a map.
struct one_node {
    explicit one_node(std::string answer)
        : server([this, answer = std::move(answer)](http::test::peer& p) {
              for (auto request = p.read_request(); !request.empty(); request = p.read_request()) {
                  bool const is_asked = request.find("/v1/ml/moss") < 20 || request.find("/v1/objects/") < 20;
                  asked += is_asked;
                  coding_refused = coding_refused || request.find("Accept-Encoding: identity\r\n") != request.npos;
                  if (!p.send(is_asked ? answer : http::test::answer_of("no", 404))) return;
              }
          }) {}

    engine_options for_engine() const {
        engine_options o;
        o.endpoint = "http://127.0.0.1:" + std::to_string(server.port());
        o.proxy_timeout = 60s;
        return o;
    }

    std::atomic<int> asked{0};
    std::atomic<bool> coding_refused{false};
    http::test::scripted_server server;
};

}  // namespace

TEST_CASE("multipart accepts what a stream accepts: padded archives, and leading skippable frames") {
    auto const asked = objects(3);
    auto const tar = tar_of(*asked);
    std::string const zeros(10'240, '\0');
    std::string const skippable("\x5a\x2a\x4d\x18\5\0\0\0hello", 13);
    using format = codec::archive_format;
    struct form {
        format is;
        std::string bytes;
    };
    for (auto const& [is, bytes] :
         {form{format::tar, tar + zeros},
          {format::tgz, compressed(codec::compression::gzip, tar) + zeros},
          {format::tgz, compressed(codec::compression::gzip, tar + zeros)},
          {format::tar_zst, compressed(codec::compression::zstd, tar) + zeros},
          {format::tar_zst, skippable + compressed(codec::compression::zstd, tar)},
          {format::tar_zst, skippable + skippable + compressed(codec::compression::zstd, tar) + zeros},
          {format::tar_lz4, skippable + compressed(codec::compression::lz4, tar) + skippable},
          {format::tar_lz4, compressed(codec::compression::lz4, tar) + zeros}})
        for (std::size_t const step : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
            INFO(codec::request_mime_of(is) << ' ' << bytes.size() << ", cut every " << step);
            CHECK(words_of(read(asked, {is, {}}, bytes, step)) == "ddd");
            CHECK(words_of(read(asked, multipart(), in_multipart(metadata_of(*asked), bytes), step)) == "ddd");
            auto const junk = read(asked, multipart(), in_multipart(metadata_of(*asked), bytes + "x"), step);
            CHECK(junk.letters == "ddd");
            REQUIRE(junk.fault);
            CHECK(junk.fault->code == errc::trailing_archive_data);
        }
}

TEST_CASE("metadata is limited by the request, and refused before all of it has arrived") {
    auto const asked = objects(3);
    std::string const tar = tar_of(*asked);
    codec::get_batch_metadata more;
    more.out.resize(4);
    std::string four;
    codec::write_metadata(four, more);
    auto const one_more = read(asked, multipart(), in_multipart(four, tar), 1000);
    REQUIRE(one_more.fault);
    CHECK(one_more.fault->code == errc::limit_exceeded);
    CHECK(one_more.fault->where == stage::metadata);

    std::string many = R"({"uuid":"u","out":[)";
    while (many.size() < (16u << 20)) many += "{},";
    std::string const long_words = R"({"uuid":"u","out":[{"err_msg":")" + std::string(16 << 20, 'x') + R"("}]})";
    for (auto const& json : {many + "{}]}\n", long_words}) {
        auto const seen = read(asked, multipart(), in_multipart(json, tar), 4096);
        CHECK(seen.letters == "fff");
        REQUIRE(seen.fault);
        CHECK(seen.fault->code == errc::limit_exceeded);
        CHECK(seen.fault->where == stage::metadata);
        CHECK(seen.fed < 128 * 1024);  // of 16 MiB
    }
}

TEST_CASE("the limit of metadata allows every name and opaque, however JSON escapes them") {
    batch b{"ais://b"};
    for (int i = 0; i < 50; ++i)
        b.add(std::string(400, '<'), {.archpath = std::string(400, '>'), .opaque = std::string(5000, 'o')});
    codec::get_batch_metadata all;
    std::vector<std::uint32_t> asked;
    for (auto const& e : b.entries()) {
        auto& one = all.out.emplace_back();
        one.objname = e.object + '/' + e.archpath;
        one.archpath = e.archpath;
        one.bucket = "b";
        one.err_msg = std::string(900, 'w');
        one.opaque.resize(e.opaque.size());
        asked.push_back(static_cast<std::uint32_t>(asked.size()));
    }
    std::string json;
    codec::write_metadata(json, all);
    auto const most = detail::metadata_limits_of(b.entries(), asked);
    CHECK(most.entries == 50);
    CHECK(json.size() <= most.bytes);
    CHECK(detail::metadata_limits_of(b.entries(), {}).entries == 0);
}

TEST_CASE("an unrequested Content-Encoding is named immediately, and not reported as damage") {
    auto const body = compressed(codec::compression::gzip, tar_of(*objects(2)));
    one_node node("HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nContent-Encoding: gzip\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
    engine e(node.for_engine());
    std::string letters;
    auto const total = e.stream(*objects(2), {}, [&](sample s) {
        letters += to_string(s.status())[0];
        CHECK(s.why().code == errc::content_encoding);
        CHECK(s.why().text.find("Content-Encoding: gzip") != std::string::npos);
    });
    REQUIRE(total.has_value());
    CHECK(letters == "ff");
    CHECK(node.asked == 1);
    CHECK(node.coding_refused);

    CHECK(detail::check_content_encoding(""));
    CHECK(detail::check_content_encoding("Identity"));
    CHECK(detail::check_content_encoding("br").error().code == errc::content_encoding);
    CHECK(detail::check_content_encoding("identity, gzip").error().code == errc::content_encoding);
}

TEST_CASE("an expected checksum that this host cannot compute fails its entry, by name, without a request") {
    struct only_approved {
        only_approved() { EVP_set_default_properties(nullptr, "fips=yes"); }
        ~only_approved() { EVP_set_default_properties(nullptr, ""); }
    } const fips;
    cluster c(3, 1'000);
    engine e(c.for_engine());
    batch b{"ais://synthetic"};
    b.add(playground::synthetic_name(0));
    b.add(playground::synthetic_name(1), {.expected_checksum = "md5:" + std::string(32, 'a')});
    b.add(playground::synthetic_name(2));
    std::string letters;
    auto const total = e.stream(b, once_each(), [&](sample s) {
        letters += to_string(s.status())[0];
        if (s.delivered()) return;
        CHECK(s.why().code == errc::no_such_checksum);
        CHECK(s.why().entry == 1);
    });
    REQUIRE(total.has_value());
    CHECK(letters == "dfd");
    CHECK(c.server.stats().batches == 1);
    CHECK(c.server.stats().members == 2);
}
