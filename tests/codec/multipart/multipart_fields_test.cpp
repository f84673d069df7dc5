#include <aisle/codec/multipart/multipart_reader.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::codec;

namespace {

std::string boundary_of(std::string_view content_type) {
    INFO(content_type);
    auto const found = multipart_boundary(content_type);
    REQUIRE(found.has_value());
    return *found;
}

void check_refused(std::string_view content_type, errc code) {
    INFO(content_type);
    auto const found = multipart_boundary(content_type);
    REQUIRE(found.has_error());
    CHECK(found.error().code == code);
    CHECK(found.error().where == stage::multipart);
    CHECK_FALSE(found.error().text.empty());
}

}  // namespace

TEST_CASE("the boundary is read from a Content-Type, quoted or not") {
    CHECK(boundary_of("multipart/mixed; boundary=abc123") == "abc123");
    CHECK(boundary_of("Multipart/Mixed;boundary=abc") == "abc");
    CHECK(boundary_of("multipart/form-data; charset=utf-8; BOUNDARY=\"a b:c\"; x=y") == "a b:c");
    CHECK(boundary_of("multipart/mixed ; boundary = abc ;") == "abc");
    CHECK(boundary_of(R"(multipart/mixed; x="; boundary=no"; boundary=yes)") == "yes");
    CHECK(boundary_of(R"(multipart/mixed; boundary="a\bc")") == "abc");
    CHECK(boundary_of("multipart/mixed; boundary=" + std::string(70, 'b')) == std::string(70, 'b'));
}

TEST_CASE("a Content-Type without a valid boundary is rejected") {
    check_refused("application/x-tar", errc::wrong_content_type);
    check_refused("", errc::wrong_content_type);
    check_refused("multipart/", errc::wrong_content_type);
    for (auto const* bad :
         {"multipart/mixed", "multipart/mixed;", "multipart/mixed; boundary",
          "multipart/mixed; boundary=", "multipart/mixed; boundary=\"\"", "multipart/mixed; boundary=\"open",
          "multipart/mixed; boundary=a; boundary=b", "multipart/mixed; boundary=\"a \"",
          "multipart/mixed; boundary=\"a\r\nb\"", "multipart/mixed; boundary=a b", "multipart/mixed; boundary=\"a\\",
          "multipart/mixed; boundary=\"<a>\"", "multipart/mixed; boundary=\xc3\xbc"})
        check_refused(bad, errc::bad_multipart);
    check_refused("multipart/mixed; boundary=" + std::string(71, 'b'), errc::bad_multipart);
}

TEST_CASE("multipart types are recognised") {
    CHECK(is_multipart("multipart/mixed; boundary=x"));
    CHECK(is_multipart(" MULTIPART/byteranges"));
    CHECK_FALSE(is_multipart("application/x-tar"));
    CHECK_FALSE(is_multipart("multipart"));
    CHECK_FALSE(is_multipart(""));
}
