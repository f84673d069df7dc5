#include <catch2/catch.hpp>

#include <entry/member_name.hpp>

using namespace aisle;
using detail::name_verdict;

namespace {

name_verdict judge(std::string object, std::string archpath, std::string_view member) {
    return detail::judge_name({"ais://b", std::move(object), std::move(archpath), "", {}}, "b", member);
}

}  // namespace

TEST_CASE("an object's member is called bucket/object, nothing else") {
    CHECK(judge("o/x", "", "b/o/x") == name_verdict::expected);
    for (auto other :
         {"", "b", "b/", "b/o", "b/o/xx", "b/o/x/", "c/o/x", "o/x", "__404__/b/o", "__404__/o/x", "__404__"})
        CHECK(judge("o/x", "", other) == name_verdict::other);
}

TEST_CASE("the placeholder of a missing object is recognised by its exact name") {
    CHECK(judge("o", "", "__404__/b/o") == name_verdict::missing);
    CHECK(judge("__404__/b/o", "", "b/__404__/b/o") == name_verdict::expected);
    CHECK(judge("__404__/b/o", "", "__404__/b/o") == name_verdict::other);
    CHECK(judge("__404__/b/o", "", "__404__/b/__404__/b/o") == name_verdict::missing);
}

TEST_CASE("an object of a bucket called __404__ is not missing") {
    entry const e{"ais://__404__", "o", "", "", {}};
    CHECK(detail::judge_name(e, "__404__", "__404__/o") == name_verdict::expected);
    CHECK(detail::judge_name(e, "__404__", "__404__/__404__/o") == name_verdict::missing);
}

TEST_CASE("without buckets on the wire, names are distinguished as exactly") {
    auto const bare = [](std::string object, std::string archpath, std::string_view member) {
        return detail::judge_name({"ais://b", std::move(object), std::move(archpath), "", {}}, "", member);
    };
    CHECK(bare("o/x", "", "o/x") == name_verdict::expected);
    CHECK(bare("o/x", "", "b/o/x") == name_verdict::other);
    CHECK(bare("o", "", "__404__/o") == name_verdict::missing);
    CHECK(bare("__404__/o", "", "__404__/o") == name_verdict::expected);
    CHECK(bare("__404__/o", "", "__404__/__404__/o") == name_verdict::missing);
    CHECK(bare("s.tar", "a", "s.tar/a") == name_verdict::expected);
    CHECK(bare("s.tar", "a", "__404__/s.tar") == name_verdict::missing);
}

TEST_CASE("a missing shard member has its own name or its shard's") {
    CHECK(judge("s.tar", "a.txt", "b/s.tar/a.txt") == name_verdict::expected);
    CHECK(judge("s.tar", "a.txt", "__404__/b/s.tar/a.txt") == name_verdict::missing);
    CHECK(judge("s.tar", "a.txt", "__404__/b/s.tar") == name_verdict::missing);
    CHECK(judge("s.tar", "a.txt", "b/s.tar") == name_verdict::other);
    CHECK(judge("s.tar", "a.txt", "b/s.tar/b.txt") == name_verdict::other);
}

TEST_CASE("an archpath with a leading slash is returned with one slash or two") {
    CHECK(judge("s.tar", "/a.txt", "b/s.tar/a.txt") == name_verdict::expected);
    CHECK(judge("s.tar", "/a.txt", "b/s.tar//a.txt") == name_verdict::expected);
    CHECK(judge("s.tar", "a.txt", "b/s.tar//a.txt") == name_verdict::other);
}
