#include <aisle/receive_buffer.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <support/pattern.hpp>
#include <utility>
#include <vector>

using namespace aisle;
using namespace aisle::test;

namespace {

constexpr std::size_t slab_bytes = slab_pool::min_slab_bytes;

std::string text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

void receive(receive_buffer& buffer, partial_payload& hold, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const room = buffer.prepare(hold);
        REQUIRE(!room.empty());
        auto const n = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), n);
        buffer.commit(n);
        bytes.remove_prefix(n);
    }
}

std::size_t offset_in_slab(receive_buffer const& buffer, std::byte const* at) {
    return static_cast<std::size_t>(at - buffer.slab()->data());
}

}  // namespace

TEST_CASE("when nobody looks and nothing is left, the same memory serves again from its beginning") {
    slab_pool pool(8 << 20);
    receive_buffer buffer(pool, slab_bytes, slab_bytes);
    partial_payload nothing;
    auto* const first = buffer.prepare(nothing).data();
    for (int i = 0; i < 100; ++i) {
        auto const room = buffer.prepare(nothing);
        CHECK(room.data() == first);
        CHECK(room.size() == slab_bytes);
        buffer.commit(100'000);
        buffer.consume(100'000);
    }
    CHECK(pool.in_use_bytes() == slab_bytes);
}

TEST_CASE("bytes somebody looks at are not overwritten") {
    slab_pool pool(8 << 20);
    receive_buffer buffer(pool, slab_bytes, slab_bytes);
    partial_payload nothing;
    std::vector<std::pair<slice, std::string>> kept;
    for (unsigned i = 0; i < 50; ++i) {
        auto const bytes = pattern(30'000, i);
        receive(buffer, nothing, bytes);
        auto const all = buffer.unparsed();
        REQUIRE(text_of(all) == bytes);
        kept.push_back({{all, buffer.slab()}, bytes});
        buffer.consume(all.size());
    }
    for (auto const& [view, bytes] : kept) CHECK(text_of(view.bytes) == bytes);
    CHECK(pool.in_use_bytes() >= 50u * 30'000);
    CHECK(pool.in_use_bytes() <= 8 * slab_bytes);
}

TEST_CASE("unparsed bytes stay in front of what comes, over slab ends too") {
    slab_pool pool(8 << 20);
    receive_buffer buffer(pool, slab_bytes, slab_bytes);
    partial_payload nothing;
    for (bool const is_shared : {false, true}) {
        slab_ref looked_at;
        receive(buffer, nothing, pattern(slab_bytes - 1000));
        buffer.consume(buffer.unparsed().size() - 5);
        if (is_shared) looked_at = buffer.slab();
        auto const* const before = buffer.slab().get();
        auto const left = text_of(buffer.unparsed());
        REQUIRE(left.size() == 5);
        receive(buffer, nothing, "behind");
        CHECK(text_of(buffer.unparsed()) == left + "behind");
        CHECK((buffer.slab().get() == before) == !is_shared);
        buffer.consume(buffer.unparsed().size());
        buffer.release();
    }
    CHECK(pool.in_use_bytes() == 0);
}

// |.......................[held|      ->      |[held|rest............|
TEST_CASE("a payload that would cross the slab's end moves once, as soon as its size is known") {
    slab_pool pool(64 << 20);
    receive_buffer buffer(pool, slab_bytes, slab_bytes);
    partial_payload nothing;
    auto const payload = pattern(1 << 20);
    receive(buffer, nothing, pattern(slab_bytes - 3000) + payload.substr(0, 2000));
    buffer.consume(slab_bytes - 3000);
    slab_ref const is_shared = buffer.slab();

    segments bytes;
    bytes.append(buffer.unparsed());
    buffer.consume(2000);
    partial_payload hold{&bytes, payload.size() - 2000};
    auto room = buffer.prepare(hold);
    CHECK(buffer.slab().get() != is_shared.get());
    CHECK(offset_in_slab(buffer, bytes.flat().data()) == 0);
    CHECK(buffer.slab()->capacity() >= payload.size());
    auto const* const home = buffer.slab().get();
    for (std::size_t at = 2000; at < payload.size();) {
        room = buffer.prepare(hold);
        CHECK(buffer.slab().get() == home);
        auto const n = std::min({room.size(), payload.size() - at, std::size_t{50'000}});
        std::memcpy(room.data(), payload.data() + at, n);
        buffer.commit(n);
        bytes.append(buffer.unparsed());
        buffer.consume(n);
        at += n;
        hold.rest -= n;
    }
    CHECK(text_of(bytes.flat()) == payload);
}

TEST_CASE("a held payload moves within its slab when nobody else looks at it") {
    slab_pool pool(64 << 20);
    receive_buffer buffer(pool, slab_bytes, slab_bytes);
    partial_payload nothing;
    auto const payload = pattern(10'000);
    receive(buffer, nothing, pattern(slab_bytes - 6000) + payload.substr(0, 3000) + "\r\n");
    buffer.consume(slab_bytes - 6000);
    segments bytes;
    bytes.append(buffer.unparsed().first(3000));
    buffer.consume(3000);
    partial_payload hold{&bytes, 7000};
    auto const* const before = buffer.slab().get();
    receive(buffer, hold, "2000\r\n");
    CHECK(buffer.slab().get() == before);
    CHECK(offset_in_slab(buffer, bytes.flat().data()) == 0);
    CHECK(text_of(bytes.flat()) == payload.substr(0, 3000));
    CHECK(text_of(buffer.unparsed()) == "\r\n2000\r\n");
    CHECK(pool.in_use_bytes() == slab_bytes);
}

TEST_CASE("a payload that was declared and has not begun gets room of its own") {
    slab_pool pool(64 << 20);
    receive_buffer buffer(pool, slab_bytes, slab_bytes);
    segments none;
    partial_payload hold{&none, 3 << 20};
    buffer.prepare(hold);
    CHECK(buffer.slab()->capacity() >= 3u << 20);
    partial_payload unnamed{nullptr, 3 << 20};
    CHECK(!buffer.prepare(unnamed).empty());
}

TEST_CASE("a size that a server only claims sets aside no more than the trusted bytes, and memory doubles from there") {
    slab_pool pool(1 << 20);
    receive_buffer buffer(pool, slab_bytes, 1 << 20);
    for (std::uint64_t const claim : {std::uint64_t{1} << 36, ~std::uint64_t{0}, std::uint64_t{200} << 20}) {
        segments bytes;
        partial_payload hold{&bytes, claim};
        std::size_t arrived = 0;
        while (arrived < receive_buffer::trusted_bytes + receive_buffer::trusted_bytes / 2) {
            auto const room = buffer.prepare(hold);
            REQUIRE(!room.empty());
            std::memset(room.data(), 'x', 16);
            buffer.commit(room.size());
            bytes.append(buffer.unparsed());
            buffer.consume(room.size());
            arrived += room.size();
            hold.rest -= room.size();
            REQUIRE(pool.in_use_bytes() <= std::max(receive_buffer::trusted_bytes, 2 * arrived + slab_bytes));
        }
        CHECK(bytes.size_bytes() == arrived);
        buffer.release();
        CHECK(pool.in_use_bytes() == 0);
    }
}

TEST_CASE("the last read for a large payload ends not far beyond it, so that the next one need not move much") {
    slab_pool pool(64 << 20);
    receive_buffer buffer(pool, slab_bytes, 256 << 10);
    segments bytes;
    partial_payload hold{&bytes, 1'000'000};
    receive(buffer, hold, pattern(900'000));
    bytes.append(buffer.unparsed());
    buffer.consume(900'000);
    hold.rest = 100'000;
    auto const room = buffer.prepare(hold).size();
    CHECK(room >= 100'000);
    CHECK(room <= 101'000);

    segments small;
    partial_payload another{&small, 10'000};
    CHECK(buffer.prepare(another).size() > 200'000);
}

TEST_CASE("a payload of unknown size is not there twice while it grows") {
    constexpr std::size_t size = std::size_t{48} << 20;
    slab_pool pool(std::size_t{1} << 30);
    receive_buffer buffer(pool, slab_bytes, slab_bytes);
    segments payload;
    partial_payload hold{&payload, 64 * 1024};  // a guess, whatever came
    std::string const block = pattern(100'000, 1);
    slab_ref before;
    {
        receive(buffer, hold, block);
        auto const first = buffer.unparsed();
        buffer.consume(first.size());
        before = buffer.slab();  // somebody else looks at what came before
    }
    std::size_t moved = 0;
    auto* last = buffer.slab()->data();
    while (payload.size_bytes() < size) {
        receive(buffer, hold, block);
        payload.append(buffer.unparsed());
        buffer.consume(buffer.unparsed().size());
        moved += std::exchange(last, buffer.slab()->data()) != buffer.slab()->data();
        // What it was copied from while it was small, and no more.
        REQUIRE(pool.idle_bytes() <= 2 * slab_pool::cheap_copy_bytes);
        REQUIRE(pool.in_use_bytes() <= slab_bytes + buffer.slab()->capacity());
        REQUIRE(buffer.slab()->capacity() <= std::max(2 * slab_bytes, 3 * payload.size_bytes()));
    }
    CHECK(moved <= 10);
    auto const whole = text_of(payload.flat());
    for (std::size_t at = 0; at + block.size() <= whole.size(); at += block.size())
        REQUIRE(std::string_view(whole).substr(at, block.size()) == block);
}

TEST_CASE("a slab that was large for one payload is left behind it") {
    slab_pool pool(std::size_t{1} << 30);
    receive_buffer buffer(pool, slab_bytes, slab_bytes);
    auto const large = pattern(10'000'000, 1);
    segments payload;
    partial_payload hold{&payload, large.size()};
    receive(buffer, hold, std::string_view(large).substr(0, 50'000));
    payload.append(buffer.unparsed());
    buffer.consume(50'000);
    hold.rest -= 50'000;
    receive(buffer, hold, std::string_view(large).substr(50'000));
    CHECK(buffer.slab()->capacity() > large.size());
    auto const rest = buffer.unparsed();
    payload.append(rest);
    buffer.consume(rest.size());
    slice const kept{payload.flat(), buffer.slab()};
    partial_payload nothing;
    receive(buffer, nothing, "what follows");
    CHECK(buffer.slab()->capacity() == slab_bytes);
    CHECK(text_of(buffer.unparsed()) == "what follows");
    CHECK(text_of(kept.bytes) == large);
}
