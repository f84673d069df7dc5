// Reads archives that GNU tar, bsdtar, Python and Go make at test time, and compares with Python's tarfile; compares
// our writer with Go's.
#include <aisle/codec/tar/tar_reader.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

#include <filesystem>
#include <random>
#include <sstream>
#include <support/archive_log.hpp>
#include <support/http_fixture.hpp>
#include <support/shell.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;
namespace fs = std::filesystem;

namespace {

// A temporary folder with the archives of make_archives.py and the Go writer, if Go is installed.
class workshop {
public:
    static workshop& instance() {
        static workshop one;
        return one;
    }

    fs::path const& folder() const { return folder_.path(); }
    bool has_go() const { return !go_writer_.empty(); }
    std::string const& go_writer() const { return go_writer_; }
    std::string const& words() const { return words_; }

private:
    workshop() {
        auto const name = folder_.path().string();
        if (has_program("go")) {
            go_writer_ = name + "/go_writer";
            must("go build -o " + go_writer_ + " " AISLE_CODEC_TESTS "/go/main.go 2>&1");
        }
        words_ = must(AISLE_PYTHON " " AISLE_CODEC_TESTS "/make_archives.py " + name + " " + go_writer_ + " 2>&1");
    }

    temporary_folder folder_;
    std::string go_writer_;
    std::string words_;
};

std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (unsigned char const c : bytes) {
        out += digits[c >> 4];
        out += digits[c & 15];
    }
    return out;
}

std::string log_of(pieces const& input) {
    tar_reader reader;
    return read_archive(reader, input).log();
}

// Python strips a trailing slash from a folder's name.
std::string without_slash(std::string name) {
    while (name.size() > 1 && name.ends_with('/')) name.pop_back();
    return name;
}

void check_against_list(fs::path const& archive) {
    INFO(archive);
    auto list_path = archive;
    std::istringstream list(file_text(list_path.replace_extension(".list")));
    auto const bytes = file_text(archive);
    tar_reader reader;
    auto const seen = read_archive(reader, whole(bytes));
    INFO(seen.log());
    REQUIRE(seen.ended);
    REQUIRE_FALSE(seen.failure);
    std::size_t i = 0;
    std::string offset, size, type, crc, name;
    for (std::string line; std::getline(list, line); ++i) {
        std::istringstream fields(line);
        fields >> offset >> size >> type >> crc >> name;
        REQUIRE(i < seen.members.size());
        auto const& m = seen.members[i];
        CHECK(without_slash(m.name) == without_slash(unhex(name)));
        if (offset != "-") CHECK(std::to_string(m.offset) == offset);
        CHECK(std::to_string(static_cast<int>(m.type)) == type);
        CHECK(std::to_string(m.size) == size);
        CHECK(hex8(m.crc) == crc);
    }
    CHECK(i == seen.members.size());
    CHECK(i > 8);
}

// A name of 0 to 400 bytes, built from pieces that affect how it is written.
std::string random_name(std::mt19937& random) {
    static std::string const parts[] = {"/",
                                        "a",
                                        ".",
                                        "..",
                                        "//",
                                        "ü",
                                        "日",
                                        "\xff",
                                        std::string(40, 'n'),
                                        std::string(99, 'm'),
                                        "/x/",
                                        " ",
                                        "-long-part-of-a-name-"};
    std::string name;
    for (auto n = random() % 12; n > 0; --n) name += parts[random() % std::size(parts)];
    return name;
}

}  // namespace

TEST_CASE("archives of GNU tar, bsdtar, Python and Go give the members that Python's tarfile finds") {
    auto const& shop = workshop::instance();
    if (!shop.words().empty()) WARN(shop.words());
    if (!shop.has_go()) WARN("go is missing: no archives from Go");
    std::size_t archives = 0;
    for (auto const& file : fs::directory_iterator(shop.folder()))
        if (file.path().extension() == ".tar") {
            check_against_list(file.path());
            ++archives;
        }
    CHECK(archives >= 3);  // Python's are always there
}

TEST_CASE("archives of other tools give the same events for every split, and errors when truncated") {
    auto const truncated = make_error_code(errc::truncated_archive).message();
    for (auto const& file : fs::directory_iterator(workshop::instance().folder())) {
        if (file.path().extension() != ".tar") continue;
        INFO(file.path());
        auto const bytes = file_text(file.path());
        auto const expected = log_of(whole(bytes));
        for (std::size_t const step : {1, 13, 511, 512, 700, 4096}) REQUIRE(log_of(cut_every(bytes, step)) == expected);
        auto const end = bytes.find_last_not_of('\0') / 512 * 512 + 512 + 1024;
        for (std::size_t size = 0; size < end; size += 509) {
            auto const log = log_of(whole(bytes.substr(0, size)));
            if (log.find("error " + truncated) == std::string::npos) FAIL(size << ": " << log);
        }
    }
}

TEST_CASE("sparse members are rejected") {
    std::size_t archives = 0;
    for (auto const& file : fs::directory_iterator(workshop::instance().folder())) {
        if (file.path().extension() != ".sparse") continue;
        INFO(file.path());
        tar_reader reader;
        auto const seen = read_archive(reader, whole(file_text(file.path())));
        REQUIRE(seen.failure);
        CHECK(seen.failure->code == errc::unsupported);
        ++archives;
    }
    if (archives == 0) WARN("tar is missing: no sparse archives");
}

TEST_CASE("Python's headers for sizes over 8 GiB are parsed") {
    for (auto const* name : {"gnu.huge", "pax.huge"}) {
        tar_reader reader;
        auto const seen = read_archive(reader, whole(file_text(workshop::instance().folder() / name)));
        REQUIRE(seen.members.size() == 1);
        CHECK(seen.members[0].size == 9'000'000'000);
        CHECK(seen.members[0].name == "huge/ünï");
        CHECK(seen.failure->code == errc::truncated_archive);
    }
}

TEST_CASE("the tar writer writes the same headers as Go, byte for byte") {
    auto const& shop = workshop::instance();
    if (!shop.has_go()) {
        WARN("go is missing: nothing to compare with");
        return;
    }
    struct asked {
        std::string name;
        std::uint64_t size;
        std::int64_t mtime;
    };
    std::vector<asked> all;
    for (std::size_t length = 0; length <= 300; ++length) {
        all.push_back({std::string(length, 'n'), 1, 0});
        all.push_back({"p/" + std::string(length, 'n'), 1, 0});
        all.push_back({std::string(length, 'p') + "/n", 1, 0});
        all.push_back({std::string(length, 'p') + "/" + std::string(99, 'n'), 1, 0});
        all.push_back({std::string(length, 'n') + "ü", 1, 0});
    }
    for (std::uint64_t const size : {0ull, 077777777777ull, 0100000000000ull, (1ull << 63) - 1})
        for (std::int64_t const mtime : {std::int64_t{0}, std::int64_t{1700000000}, std::int64_t{077777777777},
                                         std::int64_t{0100000000000}, std::int64_t{-1}})
            for (auto const* name : {"a", "ü/b", "x/"})
                all.push_back({name + std::string(90, 'c') + "/d", size, mtime});
    std::mt19937 random(17);
    for (int i = 0; i < 3000; ++i)
        all.push_back({random_name(random), random() % 100'000, static_cast<std::int64_t>(random())});

    auto const request = shop.folder() / "headers.in";
    {
        std::ofstream lines(request);
        for (auto const& a : all) lines << a.size << ' ' << a.mtime << ' ' << hex(a.name) << '\n';
    }
    auto const answer = must(shop.go_writer() + " headers < " + request.string());
    std::string_view rest = answer;
    for (auto const& a : all) {
        auto const line = rest.find('\n');
        auto const length = std::stoul(std::string(rest.substr(0, line)));
        auto const expected = rest.substr(line + 1, length);
        rest.remove_prefix(line + 1 + length);
        INFO(hex(a.name) << " size " << a.size << " mtime " << a.mtime);
        std::string ours;
        REQUIRE(append_tar_header(ours, a.name, a.size, a.mtime) == (length != 0));
        if (length == 0) continue;
        if (ours != expected) FAIL(hex(ours) << "\nis not\n" << hex(expected));
        tar_reader reader;
        auto const seen = read_archive(reader, whole(expected)).members.at(0);
        if (seen.name != a.name || seen.size != a.size) FAIL("read as " << seen.name << ", " << seen.size);
    }
    CHECK(rest.empty());
}
