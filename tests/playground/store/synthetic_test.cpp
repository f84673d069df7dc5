#include <aisle/playground/synthetic.hpp>

#include <catch2/catch.hpp>

#include <vector>

using namespace aisle::playground;

TEST_CASE("Names of synthetic objects correspond to their indices") {
    CHECK(synthetic_name(0) == "sample-00000000");
    CHECK(synthetic_name(42) == "sample-00000042");
    CHECK(synthetic_name(123'456'789) == "sample-123456789");
    for (std::uint64_t i : {0u, 7u, 99'999'999u, 100'000'000u}) CHECK(synthetic_index(synthetic_name(i)) == i);
    for (auto const* name : {"", "sample-", "sample-1", "sample-0000000x", "sample-000000001", "other-00000001",
                             "sample-00000001.jpg", "sample--0000001"})
        CHECK(!synthetic_index(name));
}

TEST_CASE("Content is the same byte by byte, in pieces, and in every version") {
    std::vector<std::byte> data(3'000'000);
    fill_synthetic(5, 0, data);
    for (std::size_t at : {0u, 1u, 1'048'575u, 1'048'576u, 2'999'999u}) CHECK(synthetic_byte(5, at) == data[at]);
    std::vector<std::byte> part(70'000);
    fill_synthetic(5, 1'000'000, part);
    CHECK(std::equal(part.begin(), part.end(), data.begin() + 1'000'000));
    CHECK(is_synthetic(5, 0, data));
    // Must not change: files of one version are checked by later ones.
    CHECK(synthetic_byte(0, 0) == data[(1u << 20) - 5u * 2654435761u % (1u << 20)]);
}

TEST_CASE("A wrong byte, a shift and another object's content are detected") {
    std::vector<std::byte> data(5000);
    fill_synthetic(9, 100, data);
    CHECK(is_synthetic(9, 100, data));
    CHECK(!is_synthetic(9, 101, data));
    CHECK(!is_synthetic(10, 100, data));
    data[4999] ^= std::byte{1};
    CHECK(!is_synthetic(9, 100, data));
    CHECK(is_synthetic(9, 100, {}));
}
