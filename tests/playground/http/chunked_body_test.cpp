// The framing, compared with what Go 1.26's net/http sends for the same writes (sizes from a real cluster).

#include "http/chunked_body.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>
#include <vector>

using aisle::playground::chunked_body;

namespace {

std::string taken(chunked_body& body) {
    auto const ready = body.ready();
    std::string text(reinterpret_cast<char const*>(ready.data()), ready.size());
    body.sent(ready.size());
    return text;
}

struct framed {
    std::vector<std::size_t> chunks;
    std::string body;
};

framed parse(std::string wire) {
    framed out;
    while (!wire.empty()) {
        auto const line = wire.find("\r\n");
        auto const size = std::strtoull(wire.c_str(), nullptr, 16);
        out.chunks.push_back(size);
        out.body += wire.substr(line + 2, size);
        REQUIRE(wire.substr(line + 2 + size, 2) == "\r\n");
        wire.erase(0, line + 2 + size + 2);
    }
    return out;
}

std::string pattern(std::size_t size, char seed) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(seed + static_cast<char>(i * 7 % 61));
    return text;
}

}  // namespace

TEST_CASE("Small writes are collected into chunks of 2048 bytes") {
    chunked_body body;
    std::string all;
    for (int i = 0; i < 100; ++i) {
        auto const piece = pattern(100, static_cast<char>(i));
        body.write(piece);
        all += piece;
    }
    body.finish();
    auto const got = parse(taken(body));
    CHECK(got.chunks == std::vector<std::size_t>{2048, 2048, 2048, 2048, 1808, 0});
    CHECK(got.body == all);
}

TEST_CASE("The rest of a large write becomes its own chunk") {
    chunked_body body;
    auto const header = pattern(512, 'h');
    auto const data = pattern(10'240, 'd');
    for (int i = 0; i < 2; ++i) {
        body.write(header);
        body.write(data);
    }
    body.write(pattern(1024, 'e'));
    body.finish();
    auto const got = parse(taken(body));
    CHECK(got.chunks == std::vector<std::size_t>{2048, 8704, 2048, 8704, 1024, 0});
    CHECK(got.body == header + data + header + data + pattern(1024, 'e'));
}

TEST_CASE("A write larger than the empty buffer is passed on, one that just fits is buffered") {
    chunked_body body;
    body.write(pattern(2049, 'a'));
    body.write(pattern(2048, 'b'));
    body.write(pattern(1, 'c'));
    body.finish();
    CHECK(parse(taken(body)).chunks == std::vector<std::size_t>{2049, 2048, 1, 0});
}

TEST_CASE("The size of the last chunk has as many digits as it needs") {
    for (std::size_t size : {1u, 15u, 16u, 17u, 255u, 256u, 257u, 2047u, 2048u}) {
        chunked_body body;
        auto const data = pattern(size, 'x');
        body.write(data);
        CHECK(body.ready().empty());
        body.finish();
        auto const got = parse(taken(body));
        CHECK(got.chunks == std::vector<std::size_t>{size, 0});
        CHECK(got.body == data);
    }
}

TEST_CASE("Sending between writes changes nothing") {
    auto const run = [](bool send_often) {
        chunked_body body;
        std::string wire;
        body.head("HEAD\r\n\r\n");
        for (std::size_t i = 0; i < 400; ++i) {
            body.write(pattern(512, 'h'));
            body.write(pattern(i * 97 % 5000, 'd'));
            if (send_often) wire += taken(body);
        }
        body.finish();
        return wire + taken(body);
    };
    CHECK(run(true) == run(false));
}

TEST_CASE("Writing into reserved space is the same as a write") {
    chunked_body written;
    chunked_body placed;
    for (std::size_t size : {100u, 1948u, 1u, 5000u, 300u, 2048u, 40'000u}) {
        auto const data = pattern(size, 'p');
        written.write(data);
        auto const place = placed.reserve(size);
        CHECK(place.first.size() + place.second.size() == size);
        data.copy(reinterpret_cast<char*>(place.first.data()), place.first.size());
        if (!place.second.empty())
            data.copy(reinterpret_cast<char*>(place.second.data()), place.second.size(), place.first.size());
    }
    written.finish();
    placed.finish();
    CHECK(taken(written) == taken(placed));
    CHECK(placed.body_bytes() == 49'397);
}

TEST_CASE("At most as many bytes as a Go server buffers are kept back") {
    chunked_body body;
    body.head(std::string(117, 'H'));
    CHECK(body.resting_bytes() == 0);
    for (int i = 0; i < 50; ++i) {
        body.write(pattern(512, 'h'));
        body.write(pattern(500, 'd'));
        body.write(pattern(12, 'p'));
        CHECK(body.resting_bytes() <= 4096);
    }
    // 51,200 bytes as 25 chunks of 2055 framed bytes: the last 2055 * 25 mod 4096 rest.
    CHECK(body.resting_bytes() == 2055 * 24 % 4096);
    body.finish();
    CHECK(body.resting_bytes() == 0);
}

TEST_CASE("An aborted body ends its open chunk and sends no final chunk") {
    chunked_body body;
    body.write("abc");
    body.break_off();
    CHECK(taken(body) == "3\r\nabc\r\n");
}

TEST_CASE("Without chunks the bytes are unchanged") {
    chunked_body body(chunked_body::framing::none);
    body.head("h");
    body.write("abc");
    CHECK(taken(body) == "habc");
    body.write(std::string(300'000, 'z'));
    body.finish();
    CHECK(taken(body) == std::string(300'000, 'z'));
}
