#include <aisle/codec/zip/zip_records.hpp>

#include <support/zip_builder.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::span<std::byte const> bytes_of(std::string const& text) {
    return std::as_bytes(std::span(text));
}

std::string field(unsigned id, std::string const& data) {
    return little_endian(id, 2) + little_endian(data.size(), 2) + data;
}

// A central header with these 4-byte sizes and offset, this disk number, and these extra fields.
std::string central(std::uint64_t compressed, std::uint64_t size, std::uint64_t disk, std::uint64_t offset,
                    std::string const& extra) {
    return "PK\1\2" + std::string(12, '\0') + little_endian(0xabcdef01, 4) + little_endian(compressed, 4) +
           little_endian(size, 4) + little_endian(1, 2) + little_endian(extra.size(), 2) + little_endian(0, 2) +
           little_endian(disk, 2) + std::string(6, '\0') + little_endian(offset, 4) + "n" + extra;
}

constexpr std::uint64_t all_ones = 0xffff'ffff;
constexpr std::uint64_t huge = 0x0102'0304'0506'0708;

}  // namespace

TEST_CASE("a zip64 field has only the numbers that are all ones in the header, in order") {
    zip_central_header h;
    auto const eight = [](std::uint64_t n) { return little_endian(n, 8); };
    auto const plain = central(1, 2, 0, 3, field(1, eight(7)));
    CHECK_FALSE(decode(bytes_of(plain), h));
    CHECK((h.declared.compressed_size == 1 && h.declared.size == 2 && h.offset == 3 && h.disk == 0));
    CHECK(h.declared.crc == 0xabcdef01);
    CHECK(h.name == "n");
    CHECK_FALSE(decode(bytes_of(central(1, 2, 0, all_ones, field(1, eight(huge)))), h));
    CHECK((h.declared.compressed_size == 1 && h.declared.size == 2 && h.offset == huge));
    CHECK_FALSE(decode(bytes_of(central(all_ones, 2, 0, all_ones, field(1, eight(7) + eight(8)))), h));
    CHECK((h.declared.compressed_size == 7 && h.declared.size == 2 && h.offset == 8));
    CHECK_FALSE(
        decode(bytes_of(central(all_ones, all_ones, 0xffff, all_ones,
                                field(9, "other") + field(1, eight(huge) + eight(7) + eight(8) + little_endian(9, 4)))),
               h));
    CHECK((h.declared.compressed_size == 7 && h.declared.size == huge && h.offset == 8 && h.disk == 9));
}

TEST_CASE("a header that refers to a missing zip64 field is rejected") {
    zip_central_header h;
    for (auto const& extra :
         {std::string(), field(9, std::string(28, '\0')), field(1, ""), field(1, std::string(7, '\0')),
          little_endian(1, 2) + little_endian(99, 2) + std::string(8, '\0'), std::string("\1\0\10", 3)}) {
        auto const fault = decode(bytes_of(central(all_ones, 2, 0, 3, extra)), h);
        REQUIRE(fault);
        CHECK(fault->code == errc::bad_archive);
        CHECK_FALSE(decode(bytes_of(central(1, 2, 0, 3, extra)), h));
    }
    CHECK(decode(bytes_of(central(1, 2, 0xffff, all_ones, field(1, little_endian(1, 8)))), h));
}

TEST_CASE("a data descriptor is recognised in all its forms, and the longest match wins") {
    zip_measures const m{0x11223344, 5, huge};
    zip_measures const small{0x11223344, 5, 6};
    auto const length_in = [](std::string bytes, zip_measures const& measured) {
        bytes.resize(zip_descriptor_bytes, 'P');
        return match_descriptor(std::span<std::byte const, zip_descriptor_bytes>(bytes_of(bytes)), measured);
    };
    auto const crc = little_endian(0x11223344, 4);
    CHECK(length_in(crc + little_endian(5, 4) + little_endian(6, 4), small) == 12);
    CHECK(length_in("PK\7\b" + crc + little_endian(5, 4) + little_endian(6, 4), small) == 16);
    CHECK(length_in(crc + little_endian(5, 8) + little_endian(6, 8), small) == 20);
    CHECK(length_in("PK\7\b" + crc + little_endian(5, 8) + little_endian(huge, 8), m) == 24);
    CHECK(length_in("PK\7\b" + crc + little_endian(5, 4) + little_endian(huge, 4), m) == 0);
    CHECK(length_in("PK\7\b" + crc + little_endian(5, 4) + little_endian(7, 4), small) == 0);
    CHECK(length_in("PK\7\b" + little_endian(1, 4) + little_endian(5, 4) + little_endian(6, 4), small) == 0);
    CHECK(length_in("PK\7\b" + std::string(12, '\0'), {}) == 16);
    CHECK(length_in("PK\7\b" + std::string(20, '\0'), {}) == 24);
    // A CRC that equals the signature.
    CHECK(length_in("PK\7\bPK\7\b" + little_endian(5, 4) + little_endian(6, 4), {0x08074b50, 5, 6}) == 16);
    CHECK(length_in("PK\7\b" + little_endian(5, 4) + little_endian(6, 4), {0x08074b50, 5, 6}) == 12);
}
