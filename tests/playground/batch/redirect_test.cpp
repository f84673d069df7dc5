// Redirects by the proxy: Location in AIStore's form.

#include "../raw_client.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::test;

namespace {

// The path of a Location.
std::string path_of(std::string const& location) {
    auto const slash = location.find('/', 8);
    return location.substr(slash, location.find('?', slash) - slash);
}

}  // namespace

TEST_CASE("A Location has the object's name unencoded unless it has one of five characters") {
    cluster_under_test home;
    home.create("b");
    struct named {
        std::string asked;
        std::string told;
    };
    for (auto const& [asked, told] : {
             named{"plain.mp4", "plain.mp4"},
             named{"video%5B1%5D.mp4", "video[1].mp4"},
             named{"a%7Bb%7D.json", "a{b}.json"},
             named{"q%22uote", "q\"uote"},
             named{"pipe%7Cx", "pipe|x"},
             named{"back%5Cslash", "back\\slash"},
             named{"caret%5E2", "caret^2"},
             named{"lt%3Cgt%3E", "lt<gt>"},
             named{"tick%60", "tick`"},
             named{"tab%09x", "tab\tx"},
             named{"line%0Afeed", "line feed"},
             named{"%C3%BCn%C3%AF", "%c3%bcn%c3%af"},
             // Everything encoded, in upper case:
             named{"spa%20ce%5B1%5D", "spa%20ce%5B1%5D"},
             named{"100%25.txt", "100%25.txt"},
             named{"wh%3Fat", "wh%3Fat"},
             named{"h%23sh", "h%23sh"},
             named{"a%2Bb%C3%BC", "a+b%C3%BC"},
         }) {
        INFO(asked);
        auto const answer = ask(home.url("/v1/objects/b/" + asked + "?provider=ais"));
        CHECK(answer.status == 301);
        CHECK(path_of(answer.location()) == "/v1/objects/b/" + told);
        CHECK(answer.location().find("provider=ais") != std::string::npos);
        CHECK(answer.location().find("pid=") != std::string::npos);
    }
}

TEST_CASE("A Location has the query unchanged, or sorted if the name is encoded") {
    cluster_under_test home;
    home.create("b");
    auto const raw = ask(home.url("/v1/objects/b/x?provider=ais&archpath=a/b%20c")).location();
    CHECK(raw.find("?provider=ais&archpath=a/b%20c&pid=") != std::string::npos);
    auto const sorted = ask(home.url("/v1/objects/b/x%20y?provider=ais&archpath=a/b%20c")).location();
    CHECK(sorted.find("?archpath=a%2Fb+c&pid=") != std::string::npos);
    CHECK(sorted.find("&provider=ais&utm=") != std::string::npos);
}

TEST_CASE("An object is read by its encoded path, not by a Location whose name was changed") {
    cluster_under_test home;
    home.create("b");
    home.put("b", "line\nfeed", "data");
    home.put("b", "q\"<[", "other");
    auto const broken = home.url("/v1/objects/b/line%0Afeed?provider=ais");
    auto const location = ask(broken).location();
    CHECK(ask(location).status == 400);
    CHECK(ask(with_path(location, "/v1/objects/b/line%0Afeed")).body == "data");
    CHECK(ask_on(home.url("/v1/objects/b/q%22%3C%5B")).body == "other");
}
