#include "../client/result_text.hpp"
#include "../fixtures.hpp"

#include <aisle/http/response_parser.hpp>
#include <aisle/receive_buffer.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <random>
#include <support/pattern.hpp>

using namespace aisle;
using namespace aisle::test;
using namespace aisle::http;
using namespace aisle::http::test;

namespace {

constexpr std::size_t slab_bytes = slab_pool::min_slab_bytes;

std::size_t offset_in_slab(receive_buffer const& buffer, std::byte const* at) {
    return static_cast<std::size_t>(at - buffer.slab()->data());
}

}  // namespace

TEST_CASE("for any declared size and any chunking, payloads are contiguous and the bytes moved stay linear") {
    std::mt19937 random(42);
    // The smallest chunks need eight times the payload in chunk lines, far more than prepare() expects.
    for (std::size_t const chunk : {1u, 7u, 100u, 2048u, 32768u, 300'000u}) {
        CAPTURE(chunk);
        std::size_t const total = chunk < 100 ? 400'000 : 6'000'000;
        std::vector<std::size_t> sizes;
        std::string body;
        std::size_t const choices[] = {0, 1, 511, 10'240, 100'000, 300'000, 1 << 20, 3 << 20};
        while (body.size() < total) {
            sizes.push_back(choices[random() % (chunk < 100 ? 6 : 8)]);
            body += pattern(sizes.back(), static_cast<unsigned>(sizes.size()));
        }
        auto const answer = chunked_answer(body, chunk);

        slab_pool pool(256 << 20);
        receive_buffer buffer(pool, slab_bytes, 200'000);
        response_parser parser;
        std::vector<std::span<std::byte>> pieces;
        std::vector<slice> kept;
        segments sample;
        std::size_t index = 0;
        std::size_t checked = 0;
        partial_payload hold{&sample, 0};
        std::string_view wire = answer;
        while (!parser.complete()) {
            auto const room = buffer.prepare(hold);
            REQUIRE(!room.empty());
            auto const n = std::min({room.size(), wire.size(), std::size_t{1} + random() % 70'000});
            std::memcpy(room.data(), wire.data(), n);
            wire.remove_prefix(n);
            buffer.commit(n);
            pieces.clear();
            auto const used = parser.parse(buffer.unparsed(), pieces);
            REQUIRE(used);
            buffer.consume(*used);
            for (auto piece : pieces) {
                auto const& s = *buffer.slab();
                REQUIRE(offset_in_slab(buffer, piece.data()) + piece.size() <= s.capacity());
                for (;;) {
                    while (index < sizes.size() && sample.size_bytes() == sizes[index]) {
                        auto const whole = sample.flat();
                        REQUIRE(text_of(whole) == body.substr(checked, sizes[index]));
                        checked += sizes[index];
                        if (random() % 10 == 0) kept.push_back({whole, buffer.slab()});
                        sample.clear();
                        ++index;
                    }
                    if (piece.empty()) break;
                    auto const take = std::min(piece.size(), sizes[index] - sample.size_bytes());
                    sample.append(piece.first(take));
                    piece = piece.subspan(take);
                }
            }
            hold.rest = index < sizes.size() && !sample.empty() ? sizes[index] - sample.size_bytes() : 0;
            if (kept.size() > 5) kept.clear();
        }
        CHECK(index == sizes.size());
        CHECK(checked == body.size());
    }
}
