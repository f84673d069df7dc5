// Deflated members: in slabs owned by the reader, in bounded memory, never more than their declared size.
#include <aisle/codec/zip/zip_reader.hpp>

#include <random>
#include <support/archive_log.hpp>
#include <support/zip_builder.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::string random_bytes(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(random() & 0x3f);
    return out;
}

zip_member deflated_member(std::string data, zip_sizes sizes = zip_sizes::in_descriptor) {
    return {.data = std::move(data), .deflate = true, .sizes = sizes};
}

seen_archive read(std::string const& archive) {
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    return read_archive(reader, whole(archive));
}

void check_fails(std::string const& archive, errc code, std::uint64_t offset) {
    auto const seen = read(archive);
    INFO(seen.log());
    REQUIRE(seen.failure);
    INFO(seen.failure->message());
    CHECK(seen.failure->code == code);
    CHECK(seen.failure->offset == offset);
}

}  // namespace

TEST_CASE("deflated payloads of any size lie in one slab each, and are not moved later") {
    // read_archive() collects the payloads as the engine does, and checks all of them again at the end.
    std::vector<std::string> const payloads = {
        random_bytes(1, 1), random_bytes(65'536, 2),    random_bytes(200'000, 3), random_bytes(150'000, 4),
        random_bytes(0, 5), random_bytes(3'000'000, 6), random_bytes(70'000, 7),  std::string(900'000, 'z')};
    for (auto const sizes : {zip_sizes::in_header, zip_sizes::in_descriptor}) {
        zip_builder zip;
        for (auto const& p : payloads) zip.add(deflated_member(p, sizes));
        auto const archive = zip.archive();
        for (std::size_t const step : {archive.size(), std::size_t{65'536}, std::size_t{997}}) {
            slab_pool pool(1 << 20);
            zip_reader reader(pool);
            auto const seen = read_archive(reader, cut_every(archive, step));
            REQUIRE(seen.ended);
            for (std::size_t i = 0; i < payloads.size(); ++i) CHECK(seen.members[i].crc == crc_of(payloads[i]));
        }
    }
}

TEST_CASE("a deflated payload that is not collected passes through a single slab, however large it is") {
    constexpr std::size_t size = 200u << 20;
    zip_member m{.deflate = true, .size = size};
    {
        std::string const zeros(size, '\0');
        m.raw = deflated(zeros, 1);
        m.crc = static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<Bytef const*>(zeros.data()), size));
    }
    for (auto const sizes : {zip_sizes::in_header, zip_sizes::in_descriptor}) {
        m.sizes = sizes;
        auto const archive = zip_builder().add(m).archive();
        REQUIRE(archive.size() < size / 200);
        slab_pool pool(1 << 20);
        zip_reader reader(pool);
        reader.feed(std::as_bytes(std::span(archive)));
        std::uint64_t read = 0;
        std::size_t most = 0;
        for (auto e = reader.next(); e.kind != event_kind::end; e = reader.next()) {
            REQUIRE(e.kind != event_kind::error);
            read += e.data.size();
            most = std::max(most, pool.in_use_bytes());
        }
        CHECK(read == size);
        CHECK(most == slab_pool::min_slab_bytes);
    }
}

TEST_CASE("a collected payload with a false size takes memory in proportion to its actual data") {
    auto const data = random_bytes(100'000, 8);
    auto m = deflated_member(data, zip_sizes::in_header);
    m.wide = true;
    m.size = std::uint64_t{1} << 40;
    auto const archive = zip_builder().add(m).archive();
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    auto const seen = read_archive(reader, whole(archive));
    REQUIRE(seen.failure);
    CHECK(seen.failure->code == errc::bad_archive);
    CHECK(pool.in_use_bytes() <= 2 * receive_buffer::trusted_bytes);
}

TEST_CASE("more or less output than a deflated member's size is an error, and no excess is handed out") {
    auto const data = random_bytes(100'000, 9);
    for (auto const sizes : {zip_sizes::in_header, zip_sizes::in_both})
        for (std::uint64_t const size : {0, 1, 65'536, 99'999, 100'001}) {
            auto m = deflated_member(data, sizes);
            m.size = size;
            auto const seen = read(zip_builder().add(m).archive());
            REQUIRE(seen.failure);
            CHECK(seen.failure->code == errc::bad_archive);
            CHECK(seen.members.at(0).payload_bytes <= size);
            CHECK_FALSE(seen.members[0].whole);
        }
}

TEST_CASE("compressed data that ends before or after its declared size, or is damaged, is rejected") {
    auto const data = random_bytes(5000, 10);
    auto const stream = deflated(data);
    auto m = deflated_member(data, zip_sizes::in_header);
    m.raw = stream + "x";
    check_fails(zip_builder().add(m).archive(), errc::bad_archive, 31);
    m.raw = stream.substr(0, stream.size() - 1);
    check_fails(zip_builder().add(m).archive(), errc::bad_archive, 31);
    m.raw = "";
    check_fails(zip_builder().add(m).archive(), errc::bad_archive, 31);
    m.raw = std::string(100, '\xff');
    check_fails(zip_builder().add(m).archive(), errc::bad_archive, 31);
    m.sizes = zip_sizes::in_descriptor;
    check_fails(zip_builder().add(m).archive(), errc::bad_archive, 31);
    m.raw = stream.substr(0, stream.size() - 10);
    auto const seen = read(zip_builder().add(m).archive());
    CHECK(seen.failure);
}

TEST_CASE("slabs return to the pool when their last reference is released") {
    auto const archive = zip_builder().add(deflated_member(random_bytes(1000, 11))).archive();
    slab_pool pool(1 << 20);
    slab_ref kept;
    std::span<std::byte const> data;
    {
        zip_reader reader(pool);
        reader.feed(std::as_bytes(std::span(archive)));
        for (auto e = reader.next(); e.kind != event_kind::end; e = reader.next()) {
            if (e.kind == event_kind::entry_data) data = e.data;
            if (e.kind == event_kind::entry_end) kept = *e.in;
        }
    }
    CHECK(crc32(data) == crc_of(random_bytes(1000, 11)));
    CHECK(pool.in_use_bytes() == slab_pool::min_slab_bytes);
    kept = {};
    CHECK(pool.in_use_bytes() == 0);
}
