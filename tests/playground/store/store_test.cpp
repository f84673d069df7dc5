// The three kinds of buckets have the same contract.

#include "store/store.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>

using namespace aisle::playground;
namespace fs = std::filesystem;

namespace {

struct temporary_folder {
    temporary_folder() {
        std::string name = fs::temp_directory_path() / "aisle-store-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~temporary_folder() { fs::remove_all(path); }
    fs::path path;
};

std::span<std::byte const> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

void put(bucket& b, std::string const& name, std::string const& data) {
    auto up = b.put(name).value();
    up->write(bytes_of(data)).value();
    up->commit().value();
}

std::string content(bucket const& b, std::string const& name) {
    auto const object = b.open(name);
    if (!object) return "(none)";
    std::string text(object->size(), '\0');
    auto const n = object->read(0, std::as_writable_bytes(std::span(text.data(), text.size())));
    CHECK(n == text.size());
    return text;
}

std::string listing(bucket& b, std::string_view prefix = "", std::string_view after = "", std::size_t limit = 100) {
    std::string text;
    for (auto const& object : b.list(prefix, after, limit))
        text += (text.empty() ? "" : " ") + object.name + ":" + std::to_string(object.size);
    return text;
}

}  // namespace

TEMPLATE_TEST_CASE_SIG("Objects are kept, replaced whole, listed in order and removed", "", ((bool folder), folder),
                       true, false) {
    temporary_folder const home;
    auto const all = folder ? make_folder_store(home.path) : make_memory_store();
    CHECK(all->create({"b"}).value());
    CHECK(!all->create({"b"}).value());
    CHECK(!all->find({"other"}));
    CHECK(all->names() == std::vector<bucket_id>{{"b"}});
    auto const b = all->find({"b"});
    REQUIRE(b);
    for (auto const* name : {"z", "a", "dir/x", "dir/sub/y", "dir-1", "ünï"}) put(*b, name, name);
    put(*b, "a", "replaced");
    put(*b, "empty", "");
    CHECK(content(*b, "a") == "replaced");
    CHECK(content(*b, "dir/sub/y") == "dir/sub/y");
    CHECK(content(*b, "empty").empty());
    CHECK(content(*b, "dir") == "(none)");
    CHECK(listing(*b) == "a:8 dir-1:5 dir/sub/y:9 dir/x:5 empty:0 z:1 ünï:5");
    CHECK(listing(*b, "dir/") == "dir/sub/y:9 dir/x:5");
    CHECK(listing(*b, "", "dir/sub/y", 2) == "dir/x:5 empty:0");
    CHECK(listing(*b, "dir", "dir-1", 1) == "dir/sub/y:9");
    CHECK(listing(*b, "nope").empty());
    b->remove("a").value();
    CHECK(b->remove("a").error().code == aisle::errc::missing);
    CHECK(content(*b, "a") == "(none)");
    all->destroy({"b"}).value();
    CHECK(!all->find({"b"}));
}

TEST_CASE("Buckets with the same name in other namespaces or of other providers are different") {
    auto const all = make_memory_store();
    for (auto const* uri : {"ais://b", "s3://b", "ais://#n/b", "ais://@u/b", "ais://@u#n/b"}) {
        auto const id = bucket_id::parse(uri).value();
        CHECK(all->create(id).value());
        put(*all->find(id), "o", uri);
    }
    CHECK(all->names().size() == 5);
    for (auto const& id : all->names()) CHECK(content(*all->find(id), "o") == id.uri());
}

TEMPLATE_TEST_CASE_SIG("An upload that is dropped leaves nothing, and readers keep what they opened", "",
                       ((bool folder), folder), true, false) {
    temporary_folder const home;
    auto const all = folder ? make_folder_store(home.path) : make_memory_store();
    all->create({"b"}).value();
    auto const b = all->find({"b"});
    put(*b, "o", "first");
    auto const opened = b->open("o");
    {
        auto up = b->put("o").value();
        up->write(bytes_of("sec")).value();
        CHECK(content(*b, "o") == "first");
    }
    CHECK(listing(*b) == "o:5");
    put(*b, "o", "second content");
    std::string text(5, '\0');
    CHECK(opened->read(0, std::as_writable_bytes(std::span(text))) == 5);
    CHECK(text == "first");
    CHECK(opened->identity() != b->open("o")->identity());
    if (folder) CHECK(std::distance(fs::directory_iterator(home.path / "b"), fs::directory_iterator()) == 1);
}

TEST_CASE("A bucket in a folder never leads outside it") {
    temporary_folder const home;
    std::ofstream(home.path / "secret") << "secret";
    fs::create_directories(home.path / "root/b");
    fs::create_symlink("../../secret", home.path / "root/b/link");
    fs::create_directory_symlink("..", home.path / "root/linked");
    std::ofstream(home.path / "root/loose file") << "x";
    auto const all = make_folder_store(home.path / "root");
    auto const b = all->find({"b"});
    REQUIRE(b);
    for (std::string const name : {"link", "../../secret", "../b/link", "/etc/passwd", "", ".", "..", "x/", "a//b"}) {
        INFO(name);
        CHECK(!b->open(name));
        if (name != "link") CHECK(b->put(name).has_error());
    }
    put(*b, "link", "mine");  // replaces the link, does not follow it
    CHECK(content(*b, "link") == "mine");
    std::ifstream secret(home.path / "secret");
    CHECK(std::string(std::istreambuf_iterator<char>(secret), {}) == "secret");
    for (auto const* name : {"..", ".", "linked/../b", "../root/b", "", ".hidden", "loose file"})
        CHECK(!all->find({name}));
}

TEST_CASE("Files that cannot be objects are skipped") {
    temporary_folder const home;
    fs::create_directories(home.path / "b/sub");
    std::ofstream(home.path / "b/sub/good") << "good";
    std::ofstream(home.path / "b/\xff\xfe") << "not UTF-8";
    REQUIRE(::mkfifo((home.path / "b/pipe").c_str(), 0600) == 0);
    auto const b = make_folder_store(home.path)->find({"b"});
    CHECK(listing(*b) == "sub/good:4");
    CHECK(!b->open("pipe"));
    CHECK(!b->open("sub"));
}

TEST_CASE("A synthetic bucket has its objects and no others, next to other buckets") {
    auto const all = with_made_up(make_memory_store(), {.bucket = "made", .count = 1000, .size = 300});
    all->create({"zoo"}).value();
    all->create({"ant"}).value();
    CHECK(all->names() == std::vector<bucket_id>{{"ant"}, {"made"}, {"zoo"}});
    CHECK(!all->create({"made"}).value());
    CHECK(all->destroy({"made"}).has_error());
    auto const b = all->find({"made"});
    auto const object = b->open(synthetic_name(999));
    REQUIRE(object);
    std::vector<std::byte> data(object->size());
    CHECK(object->read(0, std::span(data).first(100), std::span(data).subspan(100)) == 300);
    CHECK(is_synthetic(999, 0, data));
    CHECK(!b->open(synthetic_name(1000)));
    CHECK(!b->open("other"));
    CHECK(b->put("x").has_error());
    CHECK(b->remove(synthetic_name(1)).has_error());
    CHECK(listing(*b, "", "", 2) == "sample-00000000:300 sample-00000001:300");
    CHECK(listing(*b, "", "sample-00000997", 9) == "sample-00000998:300 sample-00000999:300");
    CHECK(listing(*b, "sample-0000001", "", 2) == "sample-00000010:300 sample-00000011:300");
    CHECK(listing(*b, "sample-0000001", "sample-00000018", 9) == "sample-00000019:300");
    CHECK(listing(*b, "x").empty());
}

TEST_CASE("Folders are buckets with a provider and a namespace") {
    temporary_folder const home;
    for (auto const* name : {"plain", "s3:cloud", "gs:x", "aws:no", "ais:no", "zz:no", "#space/b", "#space/s3:c",
                             "@uuid/b", "@uuid#space/b", "#space/.no", "#bad space/b", "@#/no", ".no"})
        fs::create_directories(home.path / name);
    std::ofstream(home.path / "#space/b/o") << "in space";
    fs::create_directory_symlink(home.path.parent_path(), home.path / "#linked");
    auto const all = make_folder_store(home.path);
    std::string uris;
    for (auto const& id : all->names()) uris += id.uri() + " ";
    CHECK(uris == "ais://#space/b ais://@uuid/b ais://@uuid#space/b s3://#space/c s3://cloud ais://plain gs://x ");
    CHECK(content(*all->find(bucket_id::parse("ais://#space/b").value()), "o") == "in space");
    CHECK(!all->find({"b"}));
    CHECK(all->create(bucket_id::parse("az://@u#n/made").value()).value());
    CHECK(!all->create(bucket_id::parse("az://@u#n/made").value()).value());
    CHECK(fs::is_directory(home.path / "@u#n/az:made"));
    all->destroy(bucket_id::parse("ais://#space/b").value()).value();
    CHECK(!fs::exists(home.path / "#space/b"));
    CHECK(fs::exists(home.path / "#space/s3:c"));
}

TEST_CASE("Bucket names are valid if AIStore accepts them") {
    for (auto const* good : {"a", "A-b_c.1", "__404__"}) CHECK(is_bucket_name(good));
    for (auto const* bad : {"", ".a", "a b", "a/b", "ü", "..", "a\n"}) CHECK(!is_bucket_name(bad));
    CHECK(!is_bucket_name(std::string(65, 'a')));
}
