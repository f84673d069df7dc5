#include <aisle/segments.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace aisle;

namespace {

std::span<std::byte> run_of(std::string& memory, std::size_t begin, std::size_t size) {
    return std::as_writable_bytes(std::span(memory)).subspan(begin, size);
}

std::string text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

}  // namespace

// ....[front.........]\r\n8000\r\n[back....]......  ->  ....[front.........[back....]..............
TEST_CASE("join moves the smaller side over the chunk line") {
    std::string memory = "..AAAAAA\r\n2\r\nBB..";
    auto whole = join(run_of(memory, 2, 6), run_of(memory, 13, 2));
    CHECK(text_of(whole) == "AAAAAABB");
    CHECK(whole.data() == run_of(memory, 2, 1).data());

    memory = "..AA\r\n6\r\nBBBBBB..";
    whole = join(run_of(memory, 2, 2), run_of(memory, 9, 6));
    CHECK(text_of(whole) == "AABBBBBB");
    CHECK(whole.data() + whole.size() == run_of(memory, 15, 1).data());
}

TEST_CASE("join of adjacent or empty runs moves nothing") {
    std::string memory = "AABB";
    CHECK(join(run_of(memory, 0, 2), run_of(memory, 2, 2)).data() == run_of(memory, 0, 1).data());
    CHECK(join({}, run_of(memory, 2, 2)).data() == run_of(memory, 2, 1).data());
    CHECK(join(run_of(memory, 0, 2), {}).size() == 2);
}

TEST_CASE("segments give the payload back whole, whatever the sizes of its runs") {
    std::size_t const sizes[] = {1, 7, 1536, 16384, 16385, 20000, 32768, 40000};
    std::size_t const gap = 8;
    for (auto a : sizes)
        for (auto b : sizes)
            for (auto c : sizes) {
                std::string memory;
                std::string expected;
                segments payload;
                memory.assign(a + b + c + 3 * gap, '#');
                std::size_t at = gap;
                char letter = 'a';
                for (auto size : {a, b, c}) {
                    for (std::size_t i = 0; i < size; ++i) memory[at + i] = static_cast<char>(letter + i % 13);
                    expected.append(memory, at, size);
                    at += size + gap;
                    letter = static_cast<char>(letter + 5);
                }
                at = gap;
                for (auto size : {a, b, c}) {
                    payload.append(run_of(memory, at, size));
                    at += size + gap;
                }
                std::string runs;
                for (auto run : payload.runs()) runs += text_of(run);
                REQUIRE(runs == expected);
                REQUIRE(payload.size_bytes() == expected.size());
                REQUIRE(text_of(payload.flat()) == expected);
                REQUIRE(payload.runs().size() == 1);
            }
}

TEST_CASE("a run that arrives in pieces stays one run") {
    std::string memory(100'000, 'x');
    segments payload;
    for (std::size_t at = 0; at < memory.size(); at += 1000) payload.append(run_of(memory, at, 1000));
    CHECK(payload.runs().size() == 1);
    CHECK(payload.flat().data() == run_of(memory, 0, 1).data());
}

TEST_CASE("segments follow their bytes to another slab") {
    std::string memory(200'000, 'x');
    segments payload;
    payload.append(run_of(memory, 10, 40'000));
    payload.append(run_of(memory, 40'020, 40'000));
    std::string other = memory.substr(10);
    payload.relocate(run_of(memory, 10, 1).data(), run_of(other, 0, 1).data());
    REQUIRE(payload.runs().size() == 2);
    CHECK(payload.runs()[0].data() == run_of(other, 0, 1).data());
    CHECK(payload.flat().size() == 80'000);
    payload.clear();
    CHECK(payload.empty());
    CHECK(payload.runs().empty());
    CHECK(payload.flat().empty());
}

TEST_CASE("bytes that turn out not to belong to a payload are taken off its end, across runs") {
    std::string memory(200'000, 'x');
    segments payload;
    payload.append(run_of(memory, 0, 40'000));
    payload.append(run_of(memory, 40'020, 40'000));
    payload.append(run_of(memory, 80'040, 20'000));
    REQUIRE(payload.runs().size() == 3);
    payload.drop_back(20'010);
    CHECK(payload.size_bytes() == 79'990);
    CHECK(payload.runs().size() == 2);
    payload.drop_back(79'990);
    CHECK(payload.empty());
    CHECK(payload.runs().empty());
    payload.append(run_of(memory, 100'000, 5));
    CHECK(payload.flat().data() == run_of(memory, 100'000, 5).data());
}
