#include <aisle/codec/tar/tar_pax.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <support/tar_builder.hpp>

using namespace aisle::codec;
using namespace aisle::test;

namespace {

constexpr std::size_t no_limit = SIZE_MAX;

pax_fields parsed(std::string const& records) {
    pax_fields out;
    INFO(records);
    REQUIRE(parse_pax(records, no_limit, out) == pax_status::ok);
    return out;
}

}  // namespace

TEST_CASE("PAX records give path and size, and the last record wins") {
    auto const f = parsed(pax_record("mtime", "1.5") + pax_record("path", "old") + pax_record("size", "12") +
                          pax_record("path", "ünï/日本\n x=y") + pax_record("uname", "root"));
    CHECK(f.path == "ünï/日本\n x=y");
    CHECK(f.size == 12);
    CHECK_FALSE(f.sparse);
    CHECK(parsed("").path == std::nullopt);
}

TEST_CASE("PAX records without a value delete earlier ones") {
    auto const f =
        parsed(pax_record("path", "x") + pax_record("size", "12") + pax_record("path", "") + pax_record("size", ""));
    CHECK(f.path == "");
    CHECK(f.size == std::nullopt);
    CHECK(f.size_deleted);
}

TEST_CASE("GNU sparse records are detected") {
    CHECK(parsed(pax_record("GNU.sparse.major", "1")).sparse);
}

TEST_CASE("malformed PAX records are rejected") {
    for (std::string const bad : {
             "x",
             "1",
             "12",
             "12 ",
             "0 a=b\n",
             "-6 a=b\n",
             "+6 a=b\n",
             "7 a=b\n",
             "5 a=b\n",
             "6 a=b ",
             "6 a:b\n",
             "6 =ab\n",
             "99999999999999999999 a=b\n",
             "18446744073709551615 a=b\n",
             " 6 a=b\n",
             "006a=b\n",
             "11 size=1x\n",
             "12 size=-11\n",
             "11 size= 1\n",
             "29 size=9223372036854775808\n",
             "6 a=b\n\n",
         }) {
        INFO(bad);
        pax_fields f;
        CHECK(parse_pax(bad, no_limit, f) == pax_status::malformed);
    }
    pax_fields f;
    CHECK(parse_pax(pax_record("path", std::string("a\0b", 3)), no_limit, f) == pax_status::malformed);
    CHECK(parse_pax(pax_record("path", "abcd"), 3, f) == pax_status::name_too_long);
    CHECK(parse_pax(pax_record("path", "abc"), 3, f) == pax_status::ok);
}

TEST_CASE("random bytes do not crash the PAX parser") {
    std::mt19937 random(3);
    auto const sound = pax_record("path", "abc/def") + pax_record("size", "77") + pax_record("mtime", "1.25");
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = sound.substr(0, random() % (sound.size() + 1));
        for (int n = static_cast<int>(random() % 4); n > 0 && !bytes.empty(); --n)
            bytes[random() % bytes.size()] = " 0123456789=\n\xff"[random() % 14];
        std::string const exact(bytes.begin(), bytes.end());
        pax_fields f;
        (void)parse_pax(exact, no_limit, f);
    }
}
