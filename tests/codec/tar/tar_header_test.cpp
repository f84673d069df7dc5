#include <aisle/codec/tar/tar_header.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <support/tar_builder.hpp>
#include <support/tar_reference.hpp>

using namespace aisle::codec;
using namespace aisle::test;

namespace {

tar_block as_block(std::string const& bytes) {
    REQUIRE(bytes.size() == tar_block_bytes);
    return tar_block(reinterpret_cast<std::byte const*>(bytes.data()), tar_block_bytes);
}

bool parse(std::string_view field, std::uint64_t& out) {
    return parse_tar_number(std::as_bytes(std::span(field)), out);
}

std::uint64_t number(std::string_view field) {
    std::uint64_t out = 12345;
    INFO(field);
    REQUIRE(parse(field, out));
    return out;
}

bool is_number(std::string_view field) {
    std::uint64_t out = 0;
    return parse(field, out);
}

}  // namespace

TEST_CASE("the byte sum is the same by every way of computing it") {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::string block(tar_block_bytes, '\0');
        std::uint32_t expected = 0;
        for (auto& c : block) {
            c = round == 0 ? '\xff' : static_cast<char>(random());
            expected += static_cast<unsigned char>(c);
        }
        REQUIRE(tar_byte_sum(as_block(block)) == expected);
        REQUIRE(tar_byte_sum_portable(as_block(block)) == expected);
    }
}

TEST_CASE("number fields are octal amid spaces and NULs") {
    CHECK(number({"00000000777\0", 12}) == 511);
    CHECK(number({"        777 ", 12}) == 511);
    CHECK(number({"777\0 \0 \0 \0 \0", 12}) == 511);
    CHECK(number("777777777777") == 0777777777777);
    CHECK(number({"\0\0\0\0", 4}) == 0);
    CHECK(number("    ") == 0);
    CHECK(number("") == 0);
    CHECK(is_number("0777777777777777777777"));        // 2^63-1
    CHECK_FALSE(is_number("1000000000000000000000"));  // 2^63
    for (auto const* bad : {"8", "-1", "7x", "0x10", "1 2", "+1", "1.0"}) {
        INFO(bad);
        CHECK_FALSE(is_number(bad));
    }
}

TEST_CASE("number fields with the top bit set are base-256") {
    CHECK(number({"\x80\0\0\0\0\0\0\0\0\0\1\2", 12}) == 258);
    CHECK(number({"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12}) == INT64_MAX);
    CHECK_FALSE(is_number({"\x80\0\0\0\x80\0\0\0\0\0\0\0", 12}));
    CHECK_FALSE(is_number({"\x80\0\0\1\0\0\0\0\0\0\0\0", 12}));
    CHECK_FALSE(is_number("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));  // -1
    CHECK_FALSE(is_number({"\xc0\0\0\0", 4}));
}

TEST_CASE("a header block gives name, prefix, size and type") {
    tar_header h;
    auto const block = tar_block_builder{.name = "x.bin", .size = "00000000777", .prefix = "some/where"}.bytes();
    REQUIRE(decode_tar_header(as_block(block), h) == tar_block_kind::header);
    CHECK(h.name == "x.bin");
    CHECK(h.prefix == "some/where");
    CHECK(h.size == 511);
    CHECK(h.type == '0');

    auto const full = tar_block_builder{.name = std::string(100, 'n'), .prefix = std::string(155, 'p')}.bytes();
    REQUIRE(decode_tar_header(as_block(full), h) == tar_block_kind::header);
    CHECK(h.name == std::string(100, 'n'));
    CHECK(h.prefix == std::string(155, 'p'));
}

TEST_CASE("only POSIX headers have a prefix") {
    tar_header h;
    auto const v7 = tar_block_builder{.magic = std::string(8, '\0'), .prefix = "not this"}.bytes();
    REQUIRE(decode_tar_header(as_block(v7), h) == tar_block_kind::header);
    CHECK(h.prefix.empty());
    auto const gnu = tar_block_builder{.magic = "ustar  ", .prefix = "14000000000"}.bytes();
    REQUIRE(decode_tar_header(as_block(gnu), h) == tar_block_kind::header);
    CHECK(h.prefix.empty());
    auto const star = tar_block_builder{.prefix = std::string(150, 'p'), .trailer = {"tar\0", 4}}.bytes();
    REQUIRE(decode_tar_header(as_block(star), h) == tar_block_kind::header);
    CHECK(h.prefix == std::string(131, 'p'));
}

TEST_CASE("a header with an empty name is no end mark") {
    tar_header h;
    auto const nameless = tar_block_builder{.name = ""}.bytes();
    CHECK(decode_tar_header(as_block(nameless), h) == tar_block_kind::header);
    CHECK(h.name.empty());
    CHECK(decode_tar_header(as_block(std::string(512, '\0')), h) == tar_block_kind::zeros);
}

TEST_CASE("checksums of signed bytes are taken, as old tars wrote them") {
    tar_header h;
    tar_block_builder b{.name = "\xc3\xbcn\xc3\xaf", .signed_checksum = true};
    auto const old = b.bytes();
    CHECK(decode_tar_header(as_block(old), h) == tar_block_kind::header);
    CHECK(h.name == "\xc3\xbcn\xc3\xaf");
    b.signed_checksum = false;
    auto const posix = b.bytes();
    CHECK(decode_tar_header(as_block(posix), h) == tar_block_kind::header);
    CHECK(old != posix);
}

TEST_CASE("blocks that are not headers are told apart") {
    tar_header h;
    auto block = tar_block_builder{}.bytes();
    block[0] ^= 1;
    CHECK(decode_tar_header(as_block(block), h) == tar_block_kind::bad_checksum);
    CHECK(decode_tar_header(as_block(std::string(512, 'x')), h) == tar_block_kind::bad_checksum);
    CHECK(decode_tar_header(as_block(tar_block_builder{.size = "nonsense"}.bytes()), h) == tar_block_kind::bad_size);
    CHECK(decode_tar_header(as_block(tar_block_builder{.size = "\xff\xff\xff\xff\xff\xff\xff\xff"}.bytes()), h) ==
          tar_block_kind::bad_size);
}

TEST_CASE("usual headers and all others are read by the same rules") {
    std::mt19937 random(11);
    std::string_view const sizes[] = {"00000024000",
                                      "77777777777",
                                      {"00000024000\0", 12},
                                      "00000024000 ",
                                      " 0000024000",
                                      "000000000000",
                                      "777777777777",
                                      {"24000\0\0\0\0\0\0", 11},
                                      "0000002400x",
                                      "00000024008",
                                      "8",
                                      "",
                                      "\x80",
                                      "           "};
    std::string const names[] = {"", "a", std::string(100, 'n'), "dir/", "\xc3\xbc"};
    std::string const prefixes[] = {"", "p", std::string(155, 'p')};
    for (auto const size : sizes)
        for (auto const& name : names)
            for (auto const& prefix : prefixes)
                for (bool const signed_sum : {false, true}) {
                    auto const block =
                        tar_block_builder{
                            .name = name, .size = std::string(size), .prefix = prefix, .signed_checksum = signed_sum}
                            .bytes();
                    INFO(size << ' ' << name << ' ' << prefix);
                    REQUIRE(reads_as_reference(as_block(block)));
                }
    // Fields corrupted at random, mostly by bytes that such fields may have; sometimes with a sum that fits again.
    auto const bytes = std::string_view("01234567890 8\0\xff", 15);
    unsigned headers = 0;
    for (int round = 0; round < 20'000; ++round) {
        auto block = tar_block_builder{.size = octal11(random())}.bytes();
        for (auto n = random() % 4; n > 0; --n)
            block[(random() % 2 ? 124 : 148) + random() % 12] = bytes[random() % bytes.size()];
        if (random() % 2) {
            std::string const fillers[] = {{"\0 ", 2}, {" \0", 2}, "  ", {"\0\0", 2}};
            block.replace(148, 8, "        ");
            char sum[8];
            std::snprintf(sum, sizeof sum, "%06o", tar_byte_sum(as_block(block)));
            block.replace(148, 8, sum + fillers[random() % 4]);
        }
        tar_header h;
        headers += decode_tar_header(as_block(block), h) == tar_block_kind::header;
        REQUIRE(reads_as_reference(as_block(block)));
    }
    CHECK(headers > 5'000);
    CHECK(headers < 15'000);
}
