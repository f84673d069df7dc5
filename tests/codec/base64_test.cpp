#include <aisle/codec/base64.hpp>

#include <catch2/catch.hpp>

#include <random>

using namespace aisle::codec;

namespace {

std::string encoded(std::string_view text) {
    std::string out;
    append_base64(out, std::as_bytes(std::span(text)));
    return out;
}

}  // namespace

// RFC 4648, section 10.
TEST_CASE("base64 encodes the examples of its RFC") {
    CHECK(encoded("") == "");
    CHECK(encoded("f") == "Zg==");
    CHECK(encoded("fo") == "Zm8=");
    CHECK(encoded("foo") == "Zm9v");
    CHECK(encoded("foob") == "Zm9vYg==");
    CHECK(encoded("fooba") == "Zm9vYmE=");
    CHECK(encoded("foobar") == "Zm9vYmFy");
    CHECK(encoded("\xfb\xff") == "+/8=");
}

TEST_CASE("base64 of random bytes decodes to the same bytes") {
    std::mt19937 random(11);
    for (std::size_t size = 0; size < 300; ++size) {
        std::string bytes(size, '\0');
        for (auto& c : bytes) c = static_cast<char>(random());
        auto const back = decode_base64(encoded(bytes));
        REQUIRE(back);
        REQUIRE(std::string_view(reinterpret_cast<char const*>(back->data()), back->size()) == bytes);
    }
}

TEST_CASE("anything but standard padded base64 is rejected") {
    for (auto const* bad : {"Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "Zh==", "Zm9=", "====", "=", "A===", "Zm9v\n",
                            "Zm 9", "-_8=", "Zm9v====", "\xc3\xbc==", "Zg=a"}) {
        INFO(bad);
        CHECK_FALSE(decode_base64(bad));
    }
    CHECK(decode_base64("")->empty());
    CHECK_FALSE(decode_base64(std::string_view("Zm\0v", 4)));
}

TEST_CASE("each text of four characters either decodes and re-encodes to itself, or is rejected") {
    std::string_view const some = "AQZgw+/=\n-";
    std::string text(4, ' ');
    for (char a : some)
        for (char b : some)
            for (char c : some)
                for (char d : some) {
                    text = {a, b, c, d};
                    auto const back = decode_base64(text);
                    if (!back) continue;
                    std::string again;
                    append_base64(again, *back);
                    REQUIRE(again == text);
                }
}
