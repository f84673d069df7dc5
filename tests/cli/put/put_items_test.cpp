#include "put/put_run.hpp"
#include "usage_error.hpp"

#include <catch2/catch.hpp>

using namespace aisle::cli;

namespace {

std::vector<std::string> objects(std::vector<std::string> const& files, std::string const& rest) {
    std::vector<std::string> out;
    for (auto const& item : put_items(files, rest)) out.push_back(item.object);
    return out;
}

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("objects are named as cp names files") {
    CHECK(objects({"d/a.jpg"}, "") == names{"a.jpg"});
    CHECK(objects({"d/a.jpg"}, "in/") == names{"in/a.jpg"});
    CHECK(objects({"d/a.jpg"}, "in/other") == names{"in/other"});
    CHECK(objects({"d/a", "/e/b"}, "in") == names{"in/a", "in/b"});
    CHECK(objects({".."}, "name") == names{"name"});
}

TEST_CASE("a path without a file name, and two files that map to one object, are refused") {
    for (auto const* file : {"", ".", "..", "a/", "a/.."}) CHECK_THROWS_AS(put_items({file}, ""), usage_error);
    CHECK_THROWS_AS(put_items({"a/x", "b/x"}, "in/"), usage_error);
}
