// Names come from users and from other people's data: whatever their bytes, they must not break out of URLs, header
// fields and JSON.

#include <aisle/base/percent_encoding.hpp>
#include <aisle/codec/json/get_batch.hpp>
#include <aisle/codec/utf8.hpp>
#include <aisle/http/url.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <random>

using namespace aisle;

namespace {

// Strings that have broken a parser somewhere, and random UTF-8.
class hostile_names {
public:
    std::string next() {
        static constexpr std::array<std::string_view, 26> parts{"\r\n",
                                                                "\n",
                                                                "\r",
                                                                "\"",
                                                                "\\",
                                                                "#",
                                                                "?",
                                                                "%0d%0a",
                                                                "%",
                                                                "/",
                                                                "..",
                                                                "&provider=x",
                                                                "=",
                                                                " ",
                                                                "\t",
                                                                ":",
                                                                "{}",
                                                                "],\"",
                                                                "\x01",
                                                                "\x7f",
                                                                "ü",
                                                                "\u2028",
                                                                "\xf0\x9f\x90\x88",
                                                                "a",
                                                                "name",
                                                                "X-Evil: 1\r\n\r\nGET / HTTP/1.1\r\n"};
        std::string out;
        for (auto n = 1 + random_() % 6; n > 0; --n) out += parts[random_() % parts.size()];
        return out;
    }

private:
    std::mt19937 random_{20261125};
};

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
    }
    return out;
}

}  // namespace

TEST_CASE("no name breaks out of its path segment or its query value") {
    hostile_names names;
    for (int i = 0; i < 20'000; ++i) {
        auto const bucket = names.next();
        auto const provider = names.next();
        http::url u;
        u.path = "/v1/ml/moss/" + base::percent_encode(bucket);
        u.query = "provider=" + base::percent_encode(provider);
        auto const target = u.target();
        CAPTURE(target);
        REQUIRE(std::ranges::all_of(target, [](char c) { return c > ' ' && c < '\x7f'; }));
        auto const read = http::parse_url(u.origin() + target);
        REQUIRE(read.has_value());
        REQUIRE(*read == u);
        REQUIRE(std::ranges::count(u.path, '/') == 4);
        REQUIRE(percent_decoded(u.path.substr(12)) == bucket);
        REQUIRE(percent_decoded(u.query.substr(9)) == provider);
        REQUIRE(u.query.find_first_of("&=#", 9) == u.query.npos);
    }
}

TEST_CASE("no name breaks out of its JSON string") {
    hostile_names names;
    for (int i = 0; i < 5'000; ++i) {
        auto const object = names.next();
        auto const bucket = names.next();
        auto const archpath = names.next();
        auto const mime = names.next();
        REQUIRE(codec::is_valid_utf8(object));
        std::vector<codec::get_batch_entry> const entries{{.objname = object, .bucket = bucket, .archpath = archpath},
                                                          {.objname = bucket, .uname = object}};
        std::string json;
        codec::write_request(json, entries, {.mime = mime});
        CAPTURE(json);
        REQUIRE(std::ranges::none_of(json, [](char c) { return c >= 0 && c < ' '; }));
        auto const read = codec::read_request(json);
        REQUIRE(read.has_value());
        REQUIRE(read->in.size() == 2);
        REQUIRE(read->in[0].objname == object);
        REQUIRE(read->in[0].bucket == bucket);
        REQUIRE(read->in[0].archpath == archpath);
        REQUIRE(read->in[1].objname == bucket);
        REQUIRE(read->in[1].uname == object);
        REQUIRE(read->mime == mime);
    }
}
