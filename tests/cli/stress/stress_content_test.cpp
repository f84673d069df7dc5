#include "stress/stress_content.hpp"

#include "stress/stress_catalog.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <span>
#include <vector>

using namespace aisle::cli;

namespace {

std::vector<std::byte> bytes_of(stress_content const& content, std::uint64_t offset, std::size_t size) {
    std::vector<std::byte> out(size);
    content.fill(offset, out);
    return out;
}

}  // namespace

TEST_CASE("the content of a name does not depend on where reading starts") {
    stress_content const content("folder/object");
    auto const whole = bytes_of(content, 0, 1000);
    for (std::size_t offset = 0; offset < 40; ++offset)
        for (std::size_t size : {0, 1, 7, 8, 9, 15, 16, 17, 333}) {
            auto const part = bytes_of(content, offset, size);
            CAPTURE(offset, size);
            CHECK(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(offset)));
            CHECK(content.first_difference(offset, part) == std::nullopt);
        }
}

TEST_CASE("every changed byte is found at its offset") {
    stress_content const content("x");
    auto data = bytes_of(content, 3, 100);
    for (std::size_t i = 0; i < data.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            data[i] ^= std::byte(1 << bit);
            CHECK(content.first_difference(3, data) == i);
            data[i] ^= std::byte(1 << bit);
        }
    CHECK(content.first_difference(3, data) == std::nullopt);
}

TEST_CASE("other names, other members and other offsets have other bytes") {
    std::set<std::vector<std::byte>> seen;
    auto const is_new = [&seen](stress_content const& c, std::uint64_t offset) {
        return seen.insert(bytes_of(c, offset, 32)).second;
    };
    for (auto const* name : {"", "a", "b", "ab", "abc", "a/b", "A"}) CHECK(is_new(stress_content(name), 0));
    CHECK(is_new(stress_content("a", "bc"), 0));
    CHECK(is_new(stress_content("ab", "c"), 0));
    CHECK(is_new(stress_content("abc", "a"), 0));
    for (std::uint64_t offset : {1, 7, 8, 512, 1 << 20}) CHECK(is_new(stress_content("a"), offset));
}

TEST_CASE("content is the same on every machine") {
    auto const text = [](std::vector<std::byte> const& b) {
        std::string hex;
        for (auto const c : b) {
            constexpr char const* digits = "0123456789abcdef";
            hex += digits[std::to_integer<int>(c) >> 4];
            hex += digits[std::to_integer<int>(c) & 15];
        }
        return hex;
    };
    CHECK(text(bytes_of(stress_content("a"), 0, 16)) == "212abe2d27e72a96bd028e66fee05a38");
    CHECK(text(bytes_of(stress_content("shard.tar", "m"), 5, 16)) == "a7192c366c533a9aefc3856711fd0d65");
}

TEST_CASE("the catalog is always the same, and has boundary sizes, shards and names of all kinds") {
    auto const one = make_stress_catalog();
    auto const other = make_stress_catalog();
    REQUIRE(one.all().size() == other.all().size());
    std::set<std::string> names;
    std::set<std::uint64_t> sizes;
    for (std::size_t i = 0; i < one.all().size(); ++i) {
        auto const& object = *one.all()[i];
        CHECK(object.name == other.all()[i]->name);
        CHECK(object.size_bytes == other.all()[i]->size_bytes);
        CHECK(object.size_bytes == object_bytes(object).size());
        CHECK(names.insert(object.name).second);
        CHECK(object.name.find("absent") == std::string::npos);
        sizes.insert(object.size_bytes);
    }
    for (std::uint64_t size : {0, 1, 511, 512, 513, 4096, 10'240, 102'400, 1 << 20, 8 << 20})
        CHECK(sizes.count(size) == 1);
    CHECK(one.size_bytes() < 64u << 20);
    CHECK(std::ranges::any_of(names, [](auto const& n) { return n.size() > 130; }));
}

TEST_CASE("a shard is the archive of its members' content") {
    auto const catalog = make_stress_catalog();
    auto const& shard = catalog.shards.at(3);
    auto const archive = std::as_bytes(std::span(shard.archive));
    CHECK(shard.is_shard());
    CHECK(archive.size() % 512 == 0);
    auto const& member = shard.members.back();
    // The last member's data ends before its padding and the end mark of two blocks.
    auto const padded = (member.size_bytes + 511) / 512 * 512;
    auto const data = archive.subspan(archive.size() - 1024 - static_cast<std::size_t>(padded),
                                      static_cast<std::size_t>(member.size_bytes));
    CHECK(stress_content(shard.name, member.path).first_difference(0, data) == std::nullopt);
}
