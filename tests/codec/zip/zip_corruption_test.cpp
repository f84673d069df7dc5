// Checks that every byte of a zip archive matters, except listed ones that carry nothing about its members.
#include <aisle/codec/zip/zip_reader.hpp>

#include <set>
#include <support/archive_log.hpp>
#include <support/zip_builder.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;

namespace {

std::string log_of(std::string_view archive) {
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    return read_archive(reader, whole(archive)).log();
}

class byte_set {
public:
    void add(std::size_t begin, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) bytes_.insert(begin + i);
    }
    bool has(std::size_t at) const { return bytes_.count(at) != 0; }

private:
    std::set<std::size_t> bytes_;
};

std::vector<zip_member> members() {
    std::vector<zip_member> all = {{.name = "folder/"}};
    for (bool const deflate : {false, true})
        for (auto const sizes : {zip_sizes::in_header, zip_sizes::in_descriptor})
            for (bool const wide : {false, true})
                all.push_back({.name = std::to_string(all.size()),
                               .data = "data",
                               .deflate = deflate,
                               .sizes = sizes,
                               .wide = wide});
    all.push_back(
        {.name = "e", .data = "x", .extra = little_endian(0x5455, 2) + little_endian(3, 2) + "123", .comment = "say"});
    return all;
}

}  // namespace

TEST_CASE("every change of a byte of a zip archive is an error, except in bytes that carry no information") {
    zip_builder zip;
    byte_set free;
    for (auto const& m : members()) {
        auto const local = zip.local_bytes();
        zip.add(m);
        free.add(local + 4, 2 + 2);  // version needed; some bits of the flags
        free.add(local + 10, 4);     // time, date
        // The low byte of a size that is 0 here may change to the true size.
        if (m.sizes == zip_sizes::in_descriptor) free.add(local + (m.wide ? 30 + m.name.size() + 4 : 22), 1);
        auto const extra_ahead = m.name.size() + (m.wide ? 4u + 16u : 0u);
        free.add(local + 30 + extra_ahead, m.extra.size());
        if (m.deflate)
            free.add(local + 30 + extra_ahead + deflated(m.data).size() - 1, 1);  // unused bits after the last block
    }
    auto const directory = zip.local_bytes();
    std::size_t central = directory;
    for (auto const& m : members()) {
        free.add(central + 4, 2 + 2 + 2);  // made by, version needed, flags
        free.add(central + 12, 4);         // time, date
        free.add(central + 36, 2 + 4);     // attributes
        auto const before = 46 + m.name.size() + (m.wide ? 4u + 24u : 0u);
        free.add(central + before, m.extra.size() + m.comment.size());
        central += before + m.extra.size() + m.comment.size();
    }
    auto const archive = zip.archive({.zip64 = true, .comment = "bye"});
    free.add(central + 12, 2 + 2);    // zip64 end: made by, version needed
    free.add(central + 56 + 16, 1);   // zip64 locator: number of disks, 1 or 0
    free.add(archive.size() - 3, 3);  // the archive's comment
    auto const expected = log_of(archive);
    REQUIRE(expected.ends_with("\nend\n"));

    for (std::size_t at = 0; at < archive.size(); ++at) {
        bool any_accepted = false;
        for (int const change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
            auto bytes = archive;
            bytes[at] = static_cast<char>(bytes[at] ^ change);
            auto const seen = log_of(bytes);
            if (ends_in_error(seen)) continue;
            any_accepted = true;
            if (seen != expected) FAIL("byte " << at << " xor " << change << " was read as something else: " << seen);
        }
        if (any_accepted != free.has(at))
            FAIL("byte " << at
                         << (any_accepted ? ": a change was not detected"
                                          : ": listed as free, but a change is an error"));
    }
}
