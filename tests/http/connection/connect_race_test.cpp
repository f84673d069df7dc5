#include <aisle/http/connect_race.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace aisle::http;
using namespace std::chrono_literals;

namespace {

std::vector<boost::asio::ip::address> addresses(std::vector<char const*> const& texts) {
    std::vector<boost::asio::ip::address> out;
    for (auto const* text : texts) out.push_back(boost::asio::ip::make_address(text));
    return out;
}

connect_race::time_point const start{10s};

}  // namespace

TEST_CASE("address families alternate, starting with the first one, each in its own order") {
    CHECK(interleaved(addresses({"::1", "::2", "::3", "1.1.1.1", "2.2.2.2"})) ==
          addresses({"::1", "1.1.1.1", "::2", "2.2.2.2", "::3"}));
    CHECK(interleaved(addresses({"1.1.1.1", "::1", "::2", "::3"})) == addresses({"1.1.1.1", "::1", "::2", "::3"}));
    CHECK(interleaved(addresses({"1.1.1.1", "2.2.2.2"})) == addresses({"1.1.1.1", "2.2.2.2"}));
    CHECK(interleaved({}).empty());
}

TEST_CASE("if an address does not answer, the next one is started in parallel within 0.3 s") {
    connect_race race(3);
    CHECK(race.start(start) == 0u);
    CHECK(!race.start(start));
    CHECK(race.next_start() == start + connect_race::delay);
    CHECK(connect_race::delay <= 300ms);
    CHECK(!race.start(start + connect_race::delay - 1ns));
    CHECK(race.start(start + 260ms) == 1u);
    CHECK(race.next_start() == start + 260ms + connect_race::delay);
    CHECK(race.start(start + 510ms) == 2u);
    CHECK(!race.start(start + 10s));
    CHECK(race.next_start() == connect_race::time_point::max());
    CHECK(!race.lost());
}

TEST_CASE("a failed attempt starts the next one at once; later ones keep their delay") {
    connect_race race(4);
    CHECK(race.start(start) == 0u);
    race.failed();
    CHECK(race.start(start + 1ms) == 1u);
    CHECK(!race.start(start + 2ms));
    CHECK(race.next_start() == start + 1ms + connect_race::delay);
    CHECK(race.start(start + 251ms) == 2u);
    race.failed();  // either of the two
    CHECK(race.start(start + 252ms) == 3u);
    race.failed();
    CHECK(!race.lost());
    CHECK(!race.start(start + 253ms));
    race.failed();
    CHECK(race.lost());
}

TEST_CASE("a race with one address is lost when it fails, and one without addresses at once") {
    connect_race race(1);
    CHECK(race.start(start) == 0u);
    CHECK(race.next_start() == connect_race::time_point::max());
    race.failed();
    CHECK(race.lost());
    CHECK(connect_race(0).lost());
}
