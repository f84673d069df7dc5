#include "client_harness.hpp"

#include <random>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;

namespace {

/// Splits a body into payloads of known sizes and holds the incomplete one, as the engine does.
class payload_reader {
public:
    payload_reader(std::vector<std::size_t> sizes, std::string_view body) : sizes_(std::move(sizes)), body_(body) {}

    partial_payload& hold() {
        skip_empty();
        hold_.bytes = &payload_;
        hold_.rest = index_ < sizes_.size() && !payload_.empty() ? sizes_[index_] - payload_.size_bytes() : 0;
        return hold_;
    }

    void take(response const& answer) {
        for (auto piece : answer.pieces()) {
            while (!piece.empty()) {
                skip_empty();
                REQUIRE(index_ < sizes_.size());
                auto const n = std::min(piece.size(), sizes_[index_] - payload_.size_bytes());
                payload_.append(piece.first(n));
                piece = piece.subspan(n);
                if (payload_.size_bytes() < sizes_[index_]) continue;
                auto const whole = payload_.flat();
                wrong_ += text_of(whole) != body_.substr(at_, whole.size());
                if (index_ % 7 == 0) kept_.push_back({whole, answer.slab()});
                kept_at_.resize(kept_.size(), at_);
                at_ += whole.size();
                payload_.clear();
                ++index_;
            }
        }
    }

    void check() {
        skip_empty();
        CHECK(index_ == sizes_.size());
        CHECK(wrong_ == 0);
        for (std::size_t i = 0; i < kept_.size(); ++i)
            CHECK(text_of(kept_[i].bytes) == body_.substr(kept_at_[i], kept_[i].bytes.size()));
    }

private:
    void skip_empty() {
        while (index_ < sizes_.size() && sizes_[index_] == 0) ++index_;
    }

    std::vector<std::size_t> sizes_;
    std::string_view body_;
    segments payload_;
    partial_payload hold_;
    std::vector<slice> kept_;
    std::vector<std::size_t> kept_at_;
    std::size_t index_ = 0;
    std::size_t at_ = 0;
    int wrong_ = 0;
};

}  // namespace

TEST_CASE("payloads of every size are contiguous across slab ends, chunked or not, kept or not") {
    std::mt19937 random(11);
    std::size_t const choices[] = {0, 1, 100, 1536, 10'240, 100'000, 262'144, 1'000'000, 5'000'000};
    std::vector<std::size_t> sizes;
    std::string body;
    while (body.size() < 20'000'000) {
        sizes.push_back(choices[random() % 9]);
        for (std::size_t i = 0; i < sizes.back(); ++i)
            body += static_cast<char>((i * 7 + sizes.size() * 13) >> (i % 3));
    }
    std::vector<std::string> const answers = {answer_of(body), chunked_answer(body, 2048), chunked_answer(body, 32'768),
                                              chunked_answer(body, 260'000)};
    scripted_server server([&](peer& p) {
        for (std::string r; !(r = p.read_request()).empty();) p.send(answers[static_cast<std::size_t>(r[5] - '0')]);
    });
    for (std::size_t const read_bytes : {20'000u, 262'144u, 1u << 20}) {
        client_options o;
        o.read_bytes = read_bytes;
        client_harness h(o);
        for (int which = 0; which < 4; ++which) {
            CAPTURE(read_bytes, which);
            payload_reader reader(sizes, body);
            h.start([&, which]() -> task<void> {
                auto opening = h.client().open(get(server.url("/" + std::to_string(which))));
                auto opened = co_await std::move(opening);
                REQUIRE(opened);
                while (!opened->complete()) {
                    auto reading = opened->read(reader.hold());
                    auto const reading_done = co_await std::move(reading);
                    REQUIRE(reading_done);
                    reader.take(*opened);
                }
            });
            h.run();
            reader.check();
        }
        CHECK(server.accepted() >= 1);
        CHECK(h.client().stats().connections_opened == 1);
    }
}

TEST_CASE("a payload with a false declared size takes memory for what arrived, not for what was declared") {
    std::string const body(1 << 20, 'x');
    scripted_server server([&](peer& p) {
        p.read_request();
        p.send(chunked_answer(body, 32'768));
        p.wait_for_close();
    });
    client_harness h;
    h.start([&]() -> task<void> {
        auto opening = h.client().open(get(server.url()));
        auto opened = co_await std::move(opening);
        REQUIRE(opened);
        segments payload;
        partial_payload hold{&payload, 0};
        while (!opened->complete()) {
            hold.rest = (std::uint64_t{8} << 40) - payload.size_bytes();
            auto reading = opened->read(hold);
            auto const reading_done = co_await std::move(reading);
            REQUIRE(reading_done);
            for (auto const piece : opened->pieces()) payload.append(piece);
            CHECK(h.slabs().in_use_bytes() <= 2 * receive_buffer::trusted_bytes);
        }
        CHECK(text_of(payload.flat()) == body);
    });
    h.run();
}
