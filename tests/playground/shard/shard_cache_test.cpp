// What is cached of shards, and what is refused.

#include "shard/shard_cache.hpp"

#include <aisle/codec/compression/compressor.hpp>
#include <aisle/codec/tar/tar_writer.hpp>
#include <aisle/codec/zip/zip_writer.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::playground;

namespace {

stored_object in_memory(std::string const& bytes) {
    // Like a store that opens the same object again: the same content, the same identity.
    return stored_object::memory(std::make_shared<std::string const>(bytes), 0, std::hash<std::string>{}(bytes));
}

std::string text_of(found_member const& found) {
    if (found.what != found_member::outcome::found) return "(" + found.why + ")";
    std::string text(static_cast<std::size_t>(found.size), '\0');
    text.resize(found.source->read(found.offset, std::as_writable_bytes(std::span(text))));
    return text;
}

std::string tar_of(std::string const& name, std::string const& data) {
    std::string out;
    REQUIRE(codec::append_tar_header(out, name, data.size()));
    out += data;
    codec::append_tar_padding(out, data.size());
    return out;
}

std::string packed(codec::compression how, std::string const& bytes) {
    auto const packer = codec::make_compressor(how);
    std::string out;
    packer->write(out, bytes);
    packer->finish(out);
    return out;
}

std::string zip_of(std::string const& name, std::string const& data) {
    codec::zip_writer zip;
    std::string out;
    REQUIRE(zip.begin_entry(out, name, 0));
    zip.data(std::as_bytes(std::span(data)));
    out += data;
    zip.end_entry(out);
    zip.finish(out);
    return out;
}

}  // namespace

TEST_CASE("members of a large compressed shard are read from several windows, in any order") {
    std::string tar;
    auto const size = static_cast<std::size_t>(shard_cache::window_bytes / 3);
    for (char c = 'a'; c < 'k'; ++c) tar += tar_of(std::string(1, c), std::string(size, c));
    codec::append_tar_end(tar);
    for (auto const& [name, how] :
         {std::pair("s.tgz", codec::compression::gzip), std::pair("s.tar.lz4", codec::compression::lz4)}) {
        auto const bytes = packed(how, tar);
        shard_cache cache;
        for (std::string const member : {"a", "j", "c", "d", "e", "a", "g", "i", "b"})
            CHECK((text_of(cache.find("b", name, in_memory(bytes), member)) == std::string(size, member[0])));
    }
}

TEST_CASE("a member larger than a window is read completely") {
    auto const data = std::string(shard_cache::window_bytes + 5, 'x');
    auto const bytes =
        packed(codec::compression::gzip, tar_of("small", "s") + tar_of("large", data) + tar_of("last", "l"));
    shard_cache cache;
    CHECK(text_of(cache.find("b", "s.tgz", in_memory(bytes), "small")) == "s");
    CHECK((text_of(cache.find("b", "s.tgz", in_memory(bytes), "large")) == data));
    CHECK(text_of(cache.find("b", "s.tgz", in_memory(bytes), "last")) == "l");
}

TEST_CASE("a shard that was replaced is read again") {
    shard_cache cache;
    for (auto const* name : {"s.zip", "s.tgz"}) {
        for (std::string const data : {"one", "two", "six"}) {
            auto const bytes = name == std::string_view("s.zip") ? zip_of("m", data)
                                                                 : packed(codec::compression::gzip, tar_of("m", data));
            CHECK(text_of(cache.find("b", name, in_memory(bytes), "/m")) == data);
        }
    }
}

TEST_CASE("a shard cut anywhere, or with any byte changed, is either refused or read") {
    for (auto const& [name, bytes] :
         {std::pair("s.zip", zip_of("m", "some data")),
          std::pair("s.tgz", packed(codec::compression::gzip, tar_of("m", "some data"))),
          std::pair("s.tar.lz4", packed(codec::compression::lz4, tar_of("m", "some data")))}) {
        INFO(name);
        for (std::size_t size = 0; size < bytes.size(); size += 3) {
            shard_cache cache;
            auto const found = cache.find("b", name, in_memory(bytes.substr(0, size)), "m");
            if (found.what == found_member::outcome::found) CHECK(text_of(found).size() <= 9);
        }
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            auto changed = bytes;
            changed[at] = static_cast<char>(changed[at] ^ (at % 2 == 0 ? 0x01 : 0xff));
            shard_cache cache;
            auto const found = cache.find("b", name, in_memory(changed), "m");
            if (found.what == found_member::outcome::found) CHECK(text_of(found).size() <= changed.size() + 512);
        }
    }
}

TEST_CASE("a zip member with another compression method is an error") {
    auto bytes = zip_of("m", "data");
    auto const method = bytes.find("PK\1\2") + 10;
    bytes[method] = 12;
    shard_cache cache;
    CHECK(text_of(cache.find("b", "s.zip", in_memory(bytes), "m")) == "(zip: unsupported compression algorithm)");
}
