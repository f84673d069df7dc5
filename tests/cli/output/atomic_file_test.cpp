#include "output/atomic_file.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace aisle::cli;
namespace fs = std::filesystem;

namespace {

struct folder {
    folder() {
        std::string name = (fs::temp_directory_path() / "whole-file-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()));
        path = name;
        opened = file_descriptor(open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        REQUIRE(opened);
    }
    ~folder() { fs::remove_all(path); }
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;

    std::size_t count() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
    }
    std::string text(std::string const& name) const {
        std::ifstream in(path / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    fs::path path;
    file_descriptor opened;
};

void put(atomic_file const& file, std::string const& text) {
    REQUIRE(file);
    REQUIRE(write(file.fd(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("a file appears when it is complete, and replaces an older one") {
    for (auto const until_whole : {temporary_name::none, temporary_name::random}) {
        folder const in;
        for (std::string const content : {"first", "second"}) {
            atomic_file file(in.opened.get(), "x", until_whole);
            put(file, content);
            if (content == "first") CHECK(!fs::exists(in.path / "x"));
            REQUIRE(file.commit());
            CHECK(in.text("x") == content);
            CHECK(in.count() == 1);
        }
        auto const mask = umask(0);
        umask(mask);
        struct stat s{};
        REQUIRE(stat((in.path / "x").c_str(), &s) == 0);
        CHECK((s.st_mode & 0777) == (0666 & ~mask));
    }
}

TEST_CASE("a file that is not committed leaves nothing") {
    for (auto const until_whole : {temporary_name::none, temporary_name::random}) {
        folder const in;
        fs::create_directory(in.path / "taken");
        {
            atomic_file file(in.opened.get(), "x", until_whole);
            put(file, "half");
            atomic_file moved(std::move(file));
            put(moved, " and half");
        }
        {
            atomic_file file(in.opened.get(), "taken", until_whole);
            put(file, "a folder has the name");
            CHECK(!file.commit());
        }
        CHECK(in.count() == 1);
        CHECK(!atomic_file(in.opened.get(), "no-folder/x", until_whole));
    }
}

TEST_CASE("many uncommitted files of one name do not collide") {
    folder const in;
    std::vector<atomic_file> files;
    for (int i = 0; i < 100; ++i) {
        files.emplace_back(in.opened.get(), "x", temporary_name::random);
        put(files.back(), std::to_string(i));
    }
    CHECK(in.count() == 100);
    for (auto& file : files) REQUIRE(file.commit());
    CHECK(in.count() == 1);
    CHECK(in.text("x") == "99");
}
