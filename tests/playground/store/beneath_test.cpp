// Nothing outside the folder can be opened, whatever the name.

#include "store/beneath.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace aisle::playground;
namespace fs = std::filesystem;

namespace {

struct folder {
    folder() {
        std::string name = fs::temp_directory_path() / "aisle-beneath-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
        fs::create_directories(path / "root/sub/deep");
        std::ofstream(path / "secret") << "secret";
        std::ofstream(path / "root/plain") << "plain";
        std::ofstream(path / "root/sub/deep/file") << "deep";
        fs::create_symlink("../secret", path / "root/up");
        fs::create_symlink(path / "secret", path / "root/absolute");
        fs::create_directory_symlink("..", path / "root/parent");
        fs::create_symlink("sub/deep/file", path / "root/inside");
    }
    ~folder() { fs::remove_all(path); }
    fs::path path;
};

std::string content(aisle::base::file_descriptor const& fd) {
    std::string text(64, '\0');
    auto const n = ::read(fd.get(), text.data(), text.size());
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
}

}  // namespace

TEST_CASE("Files below the folder can be opened, paths that lead outside cannot") {
    folder const f;
    auto const root = open_folder(f.path / "root");
    REQUIRE(root);
    for (auto const open : {open_beneath, open_beneath_stepwise}) {
        CHECK(content(open(root.get(), "plain", O_RDONLY, 0)) == "plain");
        CHECK(content(open(root.get(), "sub/deep/file", O_RDONLY, 0)) == "deep");
        for (std::string const name : {"../secret", "sub/../../secret", "up", "absolute", "parent/secret", "",
                                       "/etc/passwd", "nope", "plain/x"}) {
            INFO(name);
            CHECK(!open(root.get(), name, O_RDONLY, 0));
        }
        CHECK(!open(root.get(), f.path / "secret", O_RDONLY, 0));
        CHECK(!open(root.get(), std::string("plain\0x", 7), O_RDONLY, 0));
    }
    CHECK(content(open_beneath(root.get(), "inside", O_RDONLY)) == "deep");
    CHECK(!open_beneath_stepwise(root.get(), "inside", O_RDONLY));  // no links at all on kernels without openat2
}

TEST_CASE("Parent folders are created only below the folder") {
    folder const f;
    auto const root = open_folder(f.path / "root");
    CHECK(make_parents_beneath(root.get(), "a/b/c"));
    CHECK(fs::is_directory(f.path / "root/a/b"));
    CHECK(!fs::exists(f.path / "root/a/b/c"));
    CHECK(make_parents_beneath(root.get(), "c"));
    CHECK(!make_parents_beneath(root.get(), "parent/x/c"));
    CHECK(!fs::exists(f.path / "x"));
    CHECK(!make_parents_beneath(root.get(), "../y/c"));
    CHECK(!fs::exists(f.path / "y"));
    CHECK(!make_parents_beneath(root.get(), "plain/c"));
}

TEST_CASE("Reading at an offset fills two spans, and stops at the end of the file") {
    folder const f;
    auto const root = open_folder(f.path / "root");
    auto const fd = open_beneath(root.get(), "plain", O_RDONLY);
    std::string a(2, '.');
    std::string b(9, '.');
    auto const bytes = [](std::string& s) { return std::as_writable_bytes(std::span(s.data(), s.size())); };
    CHECK(read_at(fd.get(), 1, bytes(a), bytes(b)) == 4);
    CHECK(a == "la");
    CHECK(b == "in.......");
    CHECK(read_at(fd.get(), 5, bytes(a), {}) == 0);
}
