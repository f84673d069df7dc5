#include <aisle/base/percent_encoding.hpp>
#include <aisle/http/redirect.hpp>

#include <catch2/catch.hpp>

#include <request/redirect_target.hpp>
#include <string>

using namespace aisle;
using namespace aisle::detail;

namespace {

http::url const proxy{"proxy", 8080, "/v1/objects/b/our%20own", "provider=ais", false};

// A Location as AIStore 5.0 writes it for a name (ais/prxred.go, through Go's http.Redirect).
std::string aistore_location(std::string const& name) {
    bool const escaped = name.find_first_of("%?# +") != name.npos;
    std::string path;
    for (char const c : name) {
        if (escaped || static_cast<unsigned char>(c) >= 0x80)
            path += base::percent_encode({&c, 1});
        else
            path += c == '\n' ? ' ' : c;
    }
    return "http://10.0.0.7:8081/v1/objects/b/" + path + "?provider=ais&pid=p1&utm=1";
}

}  // namespace

TEST_CASE("an object's redirect is followed whatever its name puts into the Location") {
    for (std::string const name : {"plain.mp4",         "video[1].mp4", "a{b}.json",  "q\"uote", "pipe|x",
                                   "back\\slash",       "caret^2",      "lt<gt>",     "tick`",   "tab\tx",
                                   "line\nfeed",        "spa ce.txt",   "100%.txt",   "wh?at",   "h#sh",
                                   "\xc3\xbcn\xc3\xaf", "a//b",         "http://x/y", "a@b:c",   "\x01\x7f"}) {
        CAPTURE(name);
        auto const to = object_redirect(proxy, 301, aistore_location(name));
        REQUIRE(to.has_value());
        CHECK(to->authority() == "10.0.0.7:8081");
        CHECK(to->target() == "/v1/objects/b/our%20own?provider=ais&pid=p1&utm=1");
        CHECK(!to->secure);
    }
}

TEST_CASE("unusual bytes in the query are encoded, and a fragment is dropped") {
    CHECK(object_redirect(proxy, 307, "http://t:1/x?a=b c\xc3&d=%20?#f")->query == "a=b%20c%C3&d=%20?");
    CHECK(object_redirect(proxy, 307, "http://t:1/x#f?a=b")->query.empty());
    CHECK(object_redirect(proxy, 307, "http://t:1/x")->query.empty());
    CHECK(object_redirect(proxy, 307, "http://t:1?pid=p")->query == "pid=p");
}

TEST_CASE("a Location without a host keeps the host that answered") {
    for (auto const* location : {"/v1/objects/b/x y?pid=p", "?pid=p", "x[1]?pid=p", "a//b?pid=p"}) {
        CAPTURE(location);
        auto const to = object_redirect(proxy, 301, location);
        REQUIRE(to.has_value());
        CHECK(to->origin() == "http://proxy:8080");
        CHECK(to->target() == "/v1/objects/b/our%20own?pid=p");
    }
    CHECK(object_redirect(proxy, 301, "//t:81/x?pid=p")->origin() == "http://t:81");
    CHECK(object_redirect(proxy, 301, "HTTP://T:81/x[]")->origin() == "http://t:81");
    CHECK(object_redirect(proxy, 301, "http://[::1]:81/x[]")->origin() == "http://[::1]:81");
}

TEST_CASE("an object's redirect may change to https but not back") {
    CHECK(object_redirect(proxy, 301, "https://t/x[]?q")->origin() == "https://t:443");
    auto secure = proxy;
    secure.secure = true;
    CHECK(object_redirect(secure, 301, "https://t:9/x[]")->origin() == "https://t:9");
    CHECK(object_redirect(secure, 301, "//t:9/x[]")->origin() == "https://t:9");
    CHECK(object_redirect(secure, 301, "/x[]")->origin() == "https://proxy:8080");
    auto const down = object_redirect(secure, 301, "http://t:9/x[]");
    REQUIRE(down.has_error());
    CHECK(down.error().code == errc::bad_redirect);
}

TEST_CASE("an object's redirect without a usable target is refused, with the status") {
    for (auto const* location :
         {"", "ftp://t/x", "http://", "http:///x", "http://user@t/x", "http://t:0/x", "http://t:99999/x",
          "http://t:80junk/x", "http://a b/x", "http://t\\x/y", "javascript://t/x"}) {
        CAPTURE(location);
        auto const to = object_redirect(proxy, 301, location);
        REQUIRE(to.has_error());
        CHECK(to.error().code == errc::bad_redirect);
        CHECK(to.error().where == stage::redirect);
        CHECK(to.error().http_status == 301);
    }
    CHECK(object_redirect(proxy, 303, "http://t/x").error().code == errc::bad_redirect);
    for (int status : {301, 302, 307, 308}) CHECK(object_redirect(proxy, status, "http://t/x").has_value());
}
