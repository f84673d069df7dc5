// Members of shards that GNU tar made.

#include "shard/shard_cache.hpp"
#include "support/http_fixture.hpp"
#include "support/shell.hpp"
#include "support/tar_builder.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace aisle::playground;
using aisle::test::file_text;
using aisle::test::must;
using aisle::test::temporary_folder;
namespace fs = std::filesystem;

namespace {

stored_object in_memory(std::string bytes) {
    auto const identity = std::hash<std::string>{}(bytes);
    return stored_object::memory(std::make_shared<std::string const>(std::move(bytes)), 0, identity);
}

std::string text_at(std::string const& shard, shard_index::place const* place) {
    return place ? shard.substr(place->offset, place->size) : "(none)";
}

std::string made_by_gnu_tar(std::string const& options) {
    std::string name = fs::temp_directory_path() / "aisle-shard-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    fs::path const home = name;
    fs::create_directories(home / "d" / std::string(60, 'l'));
    std::ofstream(home / "a.txt") << "AAAA";
    std::ofstream(home / "d/b.bin") << std::string(70'000, 'b');
    std::ofstream(home / "d" / std::string(60, 'l') / std::string(90, 'n')) << "long";
    std::ofstream(home / "empty");
    fs::create_symlink("a.txt", home / "ln.txt");
    auto const command = "cd " + name + " && tar " + options + " -cf shard.tar a.txt d empty ln.txt";
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream in(home / "shard.tar", std::ios::binary);
    std::string const bytes(std::istreambuf_iterator<char>(in), {});
    fs::remove_all(home);
    return bytes;
}

}  // namespace

TEST_CASE("Members of a shard are found by name, in every format of GNU tar that fits") {
    for (auto const* format : {"--format=ustar", "--format=pax", "--format=gnu"}) {
        INFO(format);
        auto const shard = made_by_gnu_tar(format);
        auto const index = shard_index::read(in_memory(shard), shard_kind::tar);
        CHECK(index.damage.empty());
        CHECK(text_at(shard, index.find("a.txt")) == "AAAA");
        CHECK(text_at(shard, index.find("/a.txt")) == "AAAA");
        CHECK(text_at(shard, index.find("d/b.bin")) == std::string(70'000, 'b'));
        CHECK(text_at(shard, index.find("d/" + std::string(60, 'l') + "/" + std::string(90, 'n'))) == "long");
        CHECK(text_at(shard, index.find("empty")).empty());
        CHECK(text_at(shard, index.find("ln.txt")).empty());  // AIStore behaviour: a link is a member of size 0
        CHECK(index.find("empty"));
        CHECK(!index.find("d"));
        CHECK(!index.find("nope"));
    }
}

TEST_CASE("The first of two members of one name counts") {
    aisle::test::tar_block_builder const one{.name = "dup", .size = "00000000003"};
    auto const shard =
        one.bytes() + "one" + std::string(509, '\0') + one.bytes() + "two" + std::string(509 + 1024, '\0');
    auto const index = shard_index::read(in_memory(shard), shard_kind::tar);
    CHECK(text_at(shard, index.find("dup")) == "one");
    CHECK(index.damage.empty());
}

TEST_CASE("Damage is reported with Go's text, and members before it can be read") {
    aisle::test::tar_block_builder const one{.name = "one", .size = "00000000003"};
    auto const good = one.bytes() + "one" + std::string(509, '\0');
    auto const ended = shard_index::read(in_memory(good), shard_kind::tar);
    CHECK(ended.damage.empty());  // no end mark, but nothing cut either
    CHECK(ended.find("one"));
    auto const junk = shard_index::read(in_memory(good + std::string(512, 'j')), shard_kind::tar);
    CHECK(junk.damage == "archive/tar: invalid tar header");
    CHECK(junk.find("one"));
    CHECK(shard_index::read(in_memory(good.substr(0, 514)), shard_kind::tar).damage == "unexpected EOF");
    CHECK(shard_index::read(in_memory(good + "header cut short"), shard_kind::tar).damage == "unexpected EOF");
    CHECK(shard_index::read(in_memory(""), shard_kind::tar).damage.empty());
}

TEST_CASE("The kind of an archive is found by its name, else by its first bytes") {
    CHECK(shard_kind_of_name("x.tar") == shard_kind::tar);
    CHECK(shard_kind_of_name("x.tar.gz") == shard_kind::tgz);
    CHECK(shard_kind_of_name("x.tgz") == shard_kind::tgz);
    CHECK(shard_kind_of_name("x.zip") == shard_kind::zip);
    CHECK(shard_kind_of_name("x.tar.lz4") == shard_kind::tar_lz4);
    CHECK(shard_kind_of_name("x") == shard_kind::none);
    CHECK(shard_kind_of("x", in_memory(aisle::test::tar_block_builder{}.bytes())) == shard_kind::tar);
    CHECK(shard_kind_of("x", in_memory("\x1f\x8b....")) == shard_kind::tgz);
    CHECK(shard_kind_of("x", in_memory("PK\x05\x06")) == shard_kind::zip);
    CHECK(shard_kind_of("x", in_memory("\x04\x22\x4d\x18")) == shard_kind::tar_lz4);
    CHECK(shard_kind_of("x.tar.zst", in_memory("\x28\xb5\x2f\xfd")) == shard_kind::none);
    CHECK(shard_kind_of("x", in_memory("text")) == shard_kind::none);
    CHECK(shard_kind_of("x", in_memory("")) == shard_kind::none);
}

TEST_CASE("A sparse member has the content of its file, in every format of GNU tar") {
    temporary_folder const home;
    // Data at the beginning, in the middle and sometimes at the end; more pieces than fit a header block.
    must("cd " + home.path().string() +
         " && printf begin > few && truncate -s 300000 few && printf middle >> few && truncate -s 1000000 few"
         " && truncate -s 50000 holes"
         " && for i in $(seq 1 60); do printf data$i | dd of=many bs=1 seek=$((i * 20000)) conv=notrunc status=none; "
         "done"
         " && printf plain > plain");
    for (std::string const format :
         {"gnu", "pax --sparse-version=0.0", "pax --sparse-version=0.1", "pax --sparse-version=1.0"}) {
        INFO(format);
        must("cd " + home.path().string() + " && tar --sparse --format=" + format + " -cf s.tar few holes many plain" +
             " && gzip -kf s.tar");
        shard_cache cache;
        for (auto const& [file, kind] : {std::pair("s.tar", shard_kind::tar), std::pair("s.tar.gz", shard_kind::tgz)}) {
            auto const bytes = file_text((home.path() / file).string());
            CHECK(cache.index("b", file, in_memory(bytes), kind)->damage.empty());
            for (std::string const name : {"few", "holes", "many", "plain"}) {
                INFO(file << " " << name);
                auto const whole = file_text((home.path() / name).string());
                auto const found = cache.find("b", file, in_memory(bytes), name);
                REQUIRE(found.what == found_member::outcome::found);
                CHECK(found.why.empty());
                REQUIRE(found.size == whole.size());
                std::string got(whole.size(), '?');
                found.source->read(found.offset, std::as_writable_bytes(std::span(got)));
                CHECK((got == whole));
            }
        }
        CHECK(file_text((home.path() / "s.tar").string()).size() < 900'000);  // it was stored sparse
    }
}

TEST_CASE("An impossible map of a sparse member is an invalid header, as in Go") {
    using namespace aisle::test;
    auto const record = [](std::string const& text) {
        auto const length = text.size() + 3 + (text.size() + 3 >= 100 ? 1 : 0) + 1;
        return std::to_string(length) + " " + text + "\n";
    };
    auto const shard = [&](std::string const& map, std::string const& count) {
        auto const records = record("GNU.sparse.major=0") + record("GNU.sparse.minor=1") +
                             record("GNU.sparse.size=100") + record("GNU.sparse.numblocks=" + count) +
                             record("GNU.sparse.map=" + map);
        tar_block_builder const extension{.name = "x", .size = octal11(records.size()), .type = 'x'};
        tar_block_builder const member{.name = "m", .size = octal11(10)};
        return extension.bytes() + padded(records) + member.bytes() + padded("0123456789") + std::string(1024, '\0');
    };
    auto const damage_of = [&](std::string const& map, std::string const& count) {
        return shard_index::read(in_memory(shard(map, count)), shard_kind::tar).damage;
    };
    CHECK(damage_of("0,5,90,5", "2").empty());
    for (auto const& [map, count] : {std::pair("0,5,90,5", "3"), std::pair("0,5,96,5", "2"), std::pair("5,5,0,5", "2"),
                                     std::pair("0,5,3,5", "2"), std::pair("0,x", "1")}) {
        INFO(map);
        CHECK(damage_of(map, count) == "archive/tar: invalid tar header");
    }
}

TEST_CASE("Links, devices and pipes are members of size 0, whatever their headers say") {
    using namespace aisle::test;
    std::string shard;
    for (char const type : {'1', '2', '3', '4', '6'})
        shard += tar_block_builder{.name = std::string("m") + type, .size = octal11(7), .type = type}.bytes();
    auto const index = shard_index::read(in_memory(shard + std::string(1024, '\0')), shard_kind::tar);
    CHECK(index.damage.empty());
    for (std::string const name : {"m1", "m2", "m3", "m4", "m6"}) {
        REQUIRE(index.find(name));
        CHECK(index.find(name)->size == 0);
    }
}

TEST_CASE("A kept index is used until the shard changes") {
    aisle::test::tar_block_builder const one{.name = "one", .size = "00000000000"};
    aisle::test::tar_block_builder const two{.name = "two", .size = "00000000000"};
    shard_cache cache;
    auto const first = in_memory(one.bytes() + std::string(1024, '\0'));
    auto const second = in_memory(two.bytes() + std::string(1024, '\0'));
    auto const index = cache.index("b", "s.tar", first, shard_kind::tar);
    CHECK(index->find("one"));
    CHECK(cache.index("b", "s.tar", first, shard_kind::tar) == index);
    CHECK(cache.index("b", "s.tar", second, shard_kind::tar)->find("two"));
    CHECK(cache.index("c", "s.tar", first, shard_kind::tar)->find("one"));
    CHECK(cache.members_kept() == 2);  // one that was replaced does not count
}
