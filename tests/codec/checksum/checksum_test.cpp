#include "../../../codec/src/checksum/crc.hpp"

#include <aisle/codec/checksum/checksum.hpp>

#include <openssl/evp.h>

#include <support/archive_log.hpp>
#include <support/expand_log.hpp>
#include <support/shell.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

/// Makes OpenSSL behave as on a FIPS host for algorithms fetched meanwhile: no provider here is approved.
struct only_approved {
    only_approved() { REQUIRE(EVP_set_default_properties(nullptr, "fips=yes") == 1); }
    ~only_approved() { EVP_set_default_properties(nullptr, ""); }
};

std::span<std::byte const> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string sum_of(checksum_type type, std::string_view text) {
    hasher h(type);
    h.update(bytes_of(text));
    return h.finish();
}

using crc_function = std::uint32_t (*)(std::uint32_t, std::span<std::byte const>) noexcept;

// For various lengths and alignments, because the fast versions work in wide steps.
void check_crc(crc_function one, crc_function other) {
    auto const noise = random_bytes(3000);
    for (std::size_t size = 0; size < 700; ++size)
        for (std::size_t begin = 0; begin < 17; begin += 3) {
            auto const part = bytes_of(noise).subspan(begin, size);
            REQUIRE(one(0, part) == other(0, part));
            REQUIRE(one(0x12345678, part) == other(0x12345678, part));
        }
    for (std::size_t cut = 0; cut <= noise.size(); cut += 7) {
        auto const all = bytes_of(noise);
        REQUIRE(one(one(0, all.first(cut)), all.subspan(cut)) == other(0, all));
    }
}

}  // namespace

TEST_CASE("CRC-32 and CRC-32C of the digits 1 to 9 match the published check values") {
    CHECK(codec::crc32(0, bytes_of("123456789")) == 0xcbf43926);
    CHECK(crc32_zlib(0, bytes_of("123456789")) == 0xcbf43926);
    CHECK(crc32c(0, bytes_of("123456789")) == 0xe3069283);
    CHECK(crc32c_table(0, bytes_of("123456789")) == 0xe3069283);
    CHECK(codec::crc32(0x12345678, {}) == 0x12345678);
    CHECK(crc32_zlib(0x12345678, {}) == 0x12345678);
    // RFC 3720, appendix B.4.
    CHECK(crc32c(0, bytes_of(std::string(32, '\0'))) == 0x8a9136aa);
    CHECK(crc32c(0, bytes_of(std::string(32, '\xff'))) == 0x62a8ab43);
}

TEST_CASE("every CRC implementation can continue from a previous CRC, for any length") {
    static constexpr crc_function bitwise = [](std::uint32_t crc, std::span<std::byte const> bytes) noexcept {
        return test::crc32(bytes, crc);
    };
    check_crc(crc32_zlib, bitwise);
    check_crc(codec::crc32, bitwise);
    check_crc(codec::crc32c, crc32c_table);
#ifdef AISLE_HAS_ISAL
    check_crc(crc32_isal, bitwise);
    check_crc(crc32c_isal, crc32c_table);
#endif
}

TEST_CASE("AIStore's checksum names are recognised, and others are not") {
    CHECK(checksum_type_of("xxhash") == checksum_type::xxhash);
    CHECK(checksum_type_of("xxhash2") == checksum_type::xxhash);
    for (auto const type : {checksum_type::xxhash, checksum_type::crc32c, checksum_type::md5, checksum_type::sha256,
                            checksum_type::sha512}) {
        CHECK(checksum_type_of(to_string(type)) == type);
        CHECK(sum_of(type, "some bytes").size() == checksum_digits(type));
    }
    for (auto const* name : {"", "none", "XXHASH", "sha1", "crc32", "md5 "}) CHECK_FALSE(checksum_type_of(name));
}

TEST_CASE("checksums of empty and known texts match their specifications") {
    CHECK(sum_of(checksum_type::xxhash, "") == "ef46db3751d8e999");
    CHECK(sum_of(checksum_type::xxhash, "abc") == "44bc2cf5ad770999");
    CHECK(sum_of(checksum_type::crc32c, "") == "00000000");
    CHECK(sum_of(checksum_type::crc32c, "123456789") == "e3069283");
    CHECK(sum_of(checksum_type::md5, "abc") == "900150983cd24fb0d6963f7d28e17f72");
    CHECK(sum_of(checksum_type::sha256, "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sum_of(checksum_type::sha512, "") ==
          "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
          "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

TEST_CASE("a checksum does not depend on the split of its input, and starts over after finish()") {
    auto const noise = random_bytes(1000);
    for (auto const type : {checksum_type::xxhash, checksum_type::crc32c, checksum_type::md5, checksum_type::sha256,
                            checksum_type::sha512}) {
        auto const expected = sum_of(type, noise);
        hasher h(type);
        for (std::size_t const step : {1, 3, 31, 32, 33, 999, 1000}) {
            for (auto const& p : cut_every(noise, step)) h.update(p.bytes());
            h.update({});
            CHECK(h.finish() == expected);
        }
        hasher moved(std::move(h));
        moved.update(bytes_of(noise));
        h = std::move(moved);
        CHECK(h.finish() == expected);
    }
}

TEST_CASE("checksums match Python's hashlib and Go's hash packages") {
    auto const noise = random_bytes(100'003);
    temporary_folder const folder;
    auto const path = folder.file("noise", noise);
    auto const python = must(AISLE_PYTHON
                             " -c 'import hashlib,sys,zlib\nb=open(sys.argv[1],\"rb\").read()\n"
                             "print(hashlib.md5(b).hexdigest(),hashlib.sha256(b).hexdigest(),"
                             "hashlib.sha512(b).hexdigest(),\"%08x\"%zlib.crc32(b),end=\"\")' " +
                             path);
    CHECK(python == sum_of(checksum_type::md5, noise) + " " + sum_of(checksum_type::sha256, noise) + " " +
                        sum_of(checksum_type::sha512, noise) + " " + hex8(codec::crc32(0, bytes_of(noise))));
    if (!has_program("go")) {
        WARN("go is missing: CRC-32C is not compared with Go's");
        return;
    }
    CHECK(must("go run " AISLE_CODEC_TESTS "/go/pack/main.go crc32c < " + path) ==
          sum_of(checksum_type::crc32c, noise));
}

TEST_CASE("a checksum that OpenSSL cannot compute on this host is a specific error, and nothing is thrown") {
    {
        only_approved const fips;
        for (auto const type : {checksum_type::md5, checksum_type::sha256, checksum_type::sha512}) {
            auto const made = hasher::make(type);
            REQUIRE(made.has_error());
            CHECK(made.error().code == errc::no_such_checksum);
            CHECK(made.error().text.find(to_string(type)) != std::string::npos);
            CHECK(check_available(type).error().code == errc::no_such_checksum);
            CHECK_THROWS_AS(hasher(type), aisle::exception);
        }
        for (auto const type : {checksum_type::xxhash, checksum_type::crc32c}) {
            CHECK(check_available(type));
            CHECK(hasher::make(type).has_value());
        }
    }
    CHECK(check_available(checksum_type::md5));
    CHECK(sum_of(checksum_type::md5, "") == "d41d8cd98f00b204e9800998ecf8427e");
}
