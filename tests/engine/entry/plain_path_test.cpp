#include <aisle/batch.hpp>

#include <catch2/catch.hpp>

#include <entry/entry_check.hpp>
#include <entry/plain_path.hpp>
#include <string>

using namespace aisle;

namespace {

// The same rule, byte by byte.
bool reference(std::string_view path) {
    if (path.empty() || path.front() == '~') return false;
    char before = '/';
    for (char const c : path) {
        if (c == '\0' || static_cast<unsigned char>(c) >= 0x80) return false;
        if (before == '/' && (c == '/' || c == '.')) return false;
        before = c;
    }
    return before != '/';
}

}  // namespace

TEST_CASE("a plain path is distinguished from others, at any position of the difference") {
    std::string_view const letters("a/.~\0\x7f\x80\xff", 8);
    std::string text;
    for (std::size_t before = 0; before < 18; ++before)
        for (std::size_t behind = 0; behind < 10; behind += before % 3 + 1)
            for (auto const a : letters)
                for (auto const b : letters)
                    for (auto const c : letters) {
                        text.assign(before, 'x').append({a, b, c}).append(behind, 'y');
                        if (detail::is_plain_path(text) == reference(text)) continue;
                        INFO(before << " letters before, " << behind << " behind " << a << b << c);
                        FAIL("a path was misjudged");
                    }
    CHECK_FALSE(detail::is_plain_path(""));
    CHECK(detail::is_plain_path("a"));
    CHECK_FALSE(detail::is_plain_path("/"));
    CHECK(detail::is_plain_path("train/n01440764/n01440764_10026.JPEG"));
    CHECK_FALSE(detail::is_plain_path("train/.hidden"));
}

TEST_CASE("in a batch of names only, each entry is checked as in any other batch") {
    std::string const names[] = {"a/b", "a//b", "x.bin", "",    "..", std::string(990, 'n'), std::string(991, 'n'),
                                 "~/a", "b.",   "~a",    "a/.b"};
    for (auto const* const bucket : {"ais://b", "ais://b/c", ""}) {
        batch b{bucket};
        for (auto const& name : names) b.add(name);
        detail::entry_check check_entry(b);
        for (auto const& e : b.entries()) {
            INFO(e.bucket << ' ' << e.object);
            auto const seen = check_entry(e);
            auto const alone = check(e);
            REQUIRE(seen.has_value() == alone.has_value());
            if (!alone) CHECK(seen.error().message() == alone.error().message());
        }
    }
}
