// Reads archives that Info-ZIP, 7-Zip, bsdtar, Python and Go make at test time, and compares with Python's zipfile.
#include <aisle/codec/zip/zip_reader.hpp>

#include <filesystem>
#include <sstream>
#include <support/archive_log.hpp>
#include <support/http_fixture.hpp>
#include <support/shell.hpp>

using namespace aisle;
using namespace aisle::codec;
using namespace aisle::test;
namespace fs = std::filesystem;

namespace {

// A temporary folder with the archives of make_zip_archives.py.
class zip_workshop {
public:
    static zip_workshop& instance() {
        static zip_workshop one;
        return one;
    }

    std::vector<fs::path> archives(std::string const& extension) const {
        std::vector<fs::path> out;
        for (auto const& file : fs::directory_iterator(folder_.path()))
            if (file.path().extension() == extension) out.push_back(file.path());
        return out;
    }
    std::string const& words() const { return words_; }

private:
    zip_workshop() {
        auto const name = folder_.path().string();
        std::string writer;
        if (has_program("go")) {
            writer = name + "/go_zip_writer";
            must("go build -o " + writer + " " AISLE_CODEC_TESTS "/go/zip_forms/main.go 2>&1");
        } else {
            words_ = "go is missing: no archives from Go\n";
        }
        words_ += must(AISLE_PYTHON " " AISLE_CODEC_TESTS "/make_zip_archives.py " + name + " " + writer + " 2>&1");
    }

    temporary_folder folder_;
    std::string words_;
};

std::string log_of(pieces const& input) {
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    return read_archive(reader, input).log();
}

void check_against_list(fs::path const& archive) {
    INFO(archive);
    auto list_path = archive;
    std::istringstream list(file_text(list_path.replace_extension(".list")));
    slab_pool pool(1 << 20);
    zip_reader reader(pool);
    auto const seen = read_archive(reader, whole(file_text(archive)));
    if (seen.failure) FAIL(seen.failure->message());
    REQUIRE(seen.ended);
    std::size_t i = 0;
    for (std::string line; std::getline(list, line); ++i) {
        std::istringstream fields(line);
        std::string offset, size, type, crc, name;
        fields >> offset >> size >> type >> crc >> name;
        REQUIRE(i < seen.members.size());
        auto const& m = seen.members[i];
        INFO(line);
        bool const same = m.name == unhex(name) && std::to_string(m.offset) == offset &&
                          std::to_string(static_cast<int>(m.type)) == type && std::to_string(m.size) == size &&
                          hex8(m.crc) == crc;
        if (!same) FAIL("read as " << m.name << ", " << m.size << " bytes, CRC " << hex8(m.crc));
    }
    CHECK(i == seen.members.size());
    CHECK(i > 0);
}

}  // namespace

TEST_CASE("archives of Info-ZIP, 7-Zip, bsdtar, Python and Go give the members that Python's zipfile finds") {
    auto const& shop = zip_workshop::instance();
    if (!shop.words().empty()) WARN(shop.words());
    auto const archives = shop.archives(".zip");
    for (auto const& archive : archives) check_against_list(archive);
    CHECK(archives.size() >= 9);  // Python's are always there
}

TEST_CASE("zip archives of other tools give the same events for every split, and errors when truncated") {
    auto const truncated = make_error_code(errc::truncated_archive).message();
    for (auto const& archive : zip_workshop::instance().archives(".zip")) {
        INFO(archive);
        auto const bytes = file_text(archive);
        auto const expected = log_of(whole(bytes));
        REQUIRE(log_of(cut_every(bytes, 4096)) == expected);
        if (bytes.size() > 100'000) continue;
        for (std::size_t const step : {1, 13, 700}) REQUIRE(log_of(cut_every(bytes, step)) == expected);
        for (std::size_t size = 0; size < bytes.size(); size += 509) {
            auto const log = log_of(whole(bytes.substr(0, size)));
            if (log.find("error " + truncated) == std::string::npos) FAIL(size << ": " << log);
        }
    }
}

TEST_CASE("encrypted members, and methods other than deflate, are rejected") {
    auto const archives = zip_workshop::instance().archives(".refused");
    for (auto const& archive : archives) {
        INFO(archive);
        slab_pool pool(1 << 20);
        zip_reader reader(pool);
        auto const seen = read_archive(reader, whole(file_text(archive)));
        REQUIRE(seen.failure);
        CHECK(seen.failure->code == errc::unsupported);
    }
    CHECK(archives.size() >= 1);
}
