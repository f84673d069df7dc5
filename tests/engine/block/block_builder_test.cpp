// Blocks: how they are cut, their views, and the lifetime of their memory.
#include <catch2/catch.hpp>

#include <algorithm>
#include <block/block_builder.hpp>
#include <cstring>
#include <iterator>
#include <string>
#include <support/blocks.hpp>
#include <thread>
#include <utility>

using namespace aisle;
using namespace aisle::test;
using detail::block_access;
using detail::block_builder;

namespace {

std::shared_ptr<detail::answer const> answered(std::string target = "t:1") {
    batch b{"ais://b"};
    for (int i = 0; i < 10; ++i) b.add("o" + std::to_string(i));
    return std::make_shared<detail::answer const>(
        detail::answer{std::make_shared<batch const>(std::move(b)), std::move(target), "job/1"});
}

/// Payloads in slabs, as sockets leave them: runs with gaps between them.
struct payloads {
    segments in(slab_ref const& slab, std::vector<std::string> const& runs) {
        segments out;
        for (auto const& run : runs) {
            auto* const to = slab->data() + used;
            std::memcpy(to, run.data(), run.size());
            out.append({to, run.size()});
            used += run.size() + 8;
        }
        return out;
    }
    std::size_t used = 0;
};

std::string text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

// Runs of this size are not joined on arrival.
std::string large(char c) {
    return std::string(segments::eager_join_bytes + 1, c);
}

static_assert(std::random_access_iterator<sample_block::iterator>);
static_assert(!std::is_copy_constructible_v<sample_block> && !std::is_copy_constructible_v<sample>);
static_assert(sizeof(sample) == 2 * sizeof(void*));

}  // namespace

TEST_CASE("samples of one slab and one answer become one block, in order") {
    slab_pool pool(std::size_t{1} << 20);
    auto const by = answered();
    auto const slab = pool.acquire(1);
    payloads p;
    block_builder builder(7, {});
    auto first = p.in(slab, {"one"});
    auto second = p.in(slab, {"two"});
    segments empty;
    builder.deliver(3, by, first, slab);
    builder.deliver(4, by, second, slab);
    builder.deliver(5, by, empty, slab);
    builder.refuse(6, by, sample_status::missing, std::make_shared<error const>(errc::missing, stage::assemble, "no"));
    auto blocks = builder.take();
    CHECK(builder.empty());
    CHECK(blocks.samples() == 4);
    CHECK_FALSE(blocks.has_several());
    auto const block = blocks.pop_front();
    CHECK(blocks.empty());
    REQUIRE(block.size() == 4);
    CHECK(block.batch() == 7);
    CHECK(block.size_bytes() == 6);
    CHECK(block.front().index() == 3);
    CHECK(block.back().index() == 6);
    CHECK(text_of(block[0].bytes()) == "one");
    CHECK(text_of(block[1].bytes()) == "two");
    CHECK(block[0].entry().object == "o3");
    CHECK(block[1].designated_target() == "t:1");
    CHECK(block[1].request_id() == "job/1");
    CHECK(block[2].delivered());
    CHECK(block[2].bytes().empty());
    CHECK(block[2].runs().empty());
    CHECK(block[3].status() == sample_status::missing);
    CHECK(block[3].why().code == errc::missing);
    CHECK(block[3].size() == 0);
    CHECK_THROWS_AS(block[3].bytes(), aisle::exception);
    std::vector<std::uint32_t> indices;
    for (auto const s : block) indices.push_back(s.index());
    CHECK(indices == std::vector<std::uint32_t>{3, 4, 5, 6});
    CHECK(std::ranges::count_if(block, &sample_view::delivered) == 3);
}

TEST_CASE("another slab or another answer begins another block; a sample without bytes needs no slab") {
    slab_pool pool(std::size_t{1} << 20);
    auto const by = answered();
    auto const other = answered("t:2");
    auto const slab = pool.acquire(1);
    auto const next = pool.acquire(1);
    payloads in_slab, in_next;
    block_builder builder(0, {});
    auto const deliver = [&](std::uint32_t i, auto const& from, payloads& p, slab_ref const& in) {
        auto bytes = p.in(in, {"x"});
        builder.deliver(i, from, bytes, in);
    };
    auto const why = std::make_shared<error const>(errc::missing, stage::assemble, "no");
    builder.refuse(0, by, sample_status::failed, why);
    deliver(1, by, in_slab, slab);
    builder.refuse(2, by, sample_status::failed, why);
    deliver(3, by, in_next, next);
    deliver(4, other, in_next, next);
    deliver(5, other, in_next, next);
    std::vector<std::size_t> sizes;
    for (auto blocks = builder.take(); !blocks.empty();) sizes.push_back(blocks.pop_front().size());
    CHECK(sizes == std::vector<std::size_t>{3, 1, 2});
}

TEST_CASE("a block holds its slab until its last sample is destroyed, on any thread") {
    slab_pool pool(std::size_t{1} << 20);
    auto const by = answered();
    auto slab = pool.acquire(1);
    payloads p;
    block_builder builder(0, {});
    for (std::uint32_t i = 0; i < 3; ++i) {
        auto bytes = p.in(slab, {"payload " + std::to_string(i)});
        builder.deliver(i, by, bytes, slab);
    }
    auto block = builder.take().pop_front();
    block_access::hand_over(block);
    slab = {};
    CHECK(pool.in_use_bytes() == 0);
    CHECK(pool.kept_bytes() == slab_pool::min_slab_bytes);
    auto first = block_access::take_first(block);
    auto kept = block[1].keep();
    CHECK(block.size() == 2);
    block = {};
    std::thread([s = std::move(first)] {}).join();
    CHECK(pool.kept_bytes() == slab_pool::min_slab_bytes);
    CHECK(text_of(kept.bytes()) == "payload 2");
    auto moved = std::move(kept);
    CHECK_FALSE(kept.delivered());  // NOLINT(bugprone-use-after-move): tested on purpose
    CHECK(kept.size() == 0);
    moved = {};
    CHECK(pool.kept_bytes() == 0);
}

TEST_CASE("a payload of several runs is read as runs, copied, joined once, and changed in place") {
    slab_pool pool(std::size_t{1} << 20);
    auto const by = answered();
    auto const slab = pool.acquire(1);
    payloads p;
    block_builder builder(0, {});
    auto a = p.in(slab, {large('a'), large('b')});
    auto b = p.in(slab, {large('c'), large('d'), large('e')});
    builder.deliver(0, by, a, slab);
    builder.deliver(1, by, b, slab);
    auto const block = builder.take().pop_front();
    auto const expected = large('c') + large('d') + large('e');
    auto const s = block[1];
    CHECK(s.size() == expected.size());
    CHECK(s.runs().size() == 3);
    std::vector<std::byte> copy(expected.size() + 5);
    CHECK(s.copy_to(copy) == expected.size());
    CHECK(text_of(std::span(copy).first(expected.size())) == expected);
    CHECK_THROWS_AS(s.copy_to(std::span(copy).first(10)), aisle::exception);
    CHECK(text_of(s.bytes()) == expected);
    CHECK(s.runs().size() == 1);
    s.writable_bytes()[0] = std::byte{'!'};
    CHECK(text_of(s.bytes()) == "!" + expected.substr(1));
    CHECK(text_of(block[0].bytes()) == large('a') + large('b'));
}

TEST_CASE("a stream may request joined payloads, and copies of small kept samples") {
    slab_pool pool(std::size_t{1} << 20);
    auto const by = answered();
    auto slab = pool.acquire(1);
    payloads p;
    block_builder builder(0, {.detach_below = 100, .joins_runs = true});
    auto const whole = large('a') + large('b');
    auto a = p.in(slab, {large('a'), large('b')});
    auto b = p.in(slab, {"small"});
    auto c = p.in(slab, {"last"});
    builder.deliver(0, by, a, slab);
    builder.deliver(1, by, b, slab);
    builder.deliver(2, by, c, slab);
    auto block = builder.take().pop_front();
    block_access::hand_over(block);
    slab = {};
    CHECK(block[0].runs().size() == 1);
    auto small = block[1].keep();
    auto first = block_access::take_first(block);
    block = {};
    CHECK(pool.kept_bytes() > 0);  // the large one is not a copy
    CHECK(text_of(first.bytes()) == whole);
    first.detach();
    CHECK(pool.kept_bytes() == 0);
    CHECK(text_of(first.bytes()) == whole);
    CHECK(text_of(small.bytes()) == "small");
    CHECK(small.entry().object == "o1");
    CHECK(small.index() == 1);
    small.detach();
    CHECK(text_of(small.bytes()) == "small");
}

TEST_CASE("a list of blocks keeps their order, is joined with another, and drops untaken blocks") {
    slab_pool pool(std::size_t{1} << 20);
    auto const by = answered();
    auto const blocks_of = [&](std::uint32_t first, std::uint32_t count) {
        block_builder builder(0, {});
        for (auto i = first; i < first + count; ++i) {
            auto const slab = pool.acquire(1);
            payloads p;
            auto bytes = p.in(slab, {std::to_string(i)});
            builder.deliver(i, by, bytes, slab);
        }
        return builder.take();
    };
    auto all = blocks_of(0, 3);
    auto more = blocks_of(3, 2);
    detail::block_list none;
    all.append(none);
    all.append(more);
    CHECK(more.empty());
    CHECK(all.has_several());
    CHECK(all.samples() == 5);
    auto moved = std::move(all);
    CHECK(all.empty());  // NOLINT(bugprone-use-after-move): tested on purpose
    none.append(moved);
    for (std::uint32_t i = 0; i < 4; ++i) CHECK(none.pop_front().front().index() == i);
    CHECK(none.samples() == 1);
    CHECK_FALSE(none.has_several());
    CHECK(pool.in_use_bytes() == slab_pool::min_slab_bytes);
    none = {};
    CHECK(pool.in_use_bytes() == 0);
}

TEST_CASE("blocks lie in the arena of their slab, which is free again when they are destroyed") {
    slab_pool pool(std::size_t{1} << 20);
    auto const by = answered();
    auto const slab = pool.acquire(1);
    auto const block_at = [&](std::uint32_t i) {
        payloads p;
        block_builder builder(0, {});
        auto bytes = p.in(slab, {"x"});
        builder.deliver(i, by, bytes, slab);
        return builder.take().pop_front();
    };
    void* before = nullptr;
    for (int round = 0; round < 3; ++round) {
        REQUIRE(slab->unique());
        slab->notes().reset();
        auto const a = block_at(0);
        auto const b = block_at(1);
        CHECK(a.front().index() == 0);
        CHECK(b.front().index() == 1);
        CHECK_FALSE(slab->unique());
        auto* const next = slab->notes().allocate(1);
        if (round > 0) CHECK(next == before);
        before = next;
    }
}
