#include <catch2/catch.hpp>

#include <cluster/hedge_budget.hpp>
#include <random>

using aisle::detail::hedge_budget;

TEST_CASE("eight single entries may be hedged before any credit is earned") {
    hedge_budget budget;
    CHECK_FALSE(budget.affords(9));
    for (int i = 0; i < 8; ++i) {
        REQUIRE(budget.affords(1));
        budget.spend(1);
    }
    CHECK_FALSE(budget.affords(1));
}

TEST_CASE("twenty requested entries earn one") {
    hedge_budget budget;
    budget.spend(8);
    budget.asked(19);
    CHECK_FALSE(budget.affords(1));
    budget.asked(1);
    CHECK(budget.affords(1));
    CHECK_FALSE(budget.affords(2));
}

TEST_CASE("four requests' worth of credit may be saved, and no more") {
    hedge_budget budget;
    for (int i = 0; i < 100'000; ++i) budget.asked(128);
    CHECK(budget.affords(4 * 128));
    CHECK_FALSE(budget.affords(5 * 128));
}

TEST_CASE("small requests do not reduce the initial credit") {
    hedge_budget budget;
    for (int i = 0; i < 100; ++i) budget.asked(1);
    CHECK(budget.affords(8));
}

TEST_CASE("over any run at most a twentieth of the entries is hedged, besides the initial credit") {
    std::mt19937 random(7);
    hedge_budget budget;
    std::size_t asked = 0;
    std::size_t twice = 0;
    for (int i = 0; i < 50'000; ++i) {
        auto const entries = 1 + random() % 200;
        if (random() % 2) {
            budget.asked(entries);
            asked += entries;
        } else if (budget.affords(entries)) {
            budget.spend(entries);
            twice += entries;
        }
        REQUIRE(twice <= hedge_budget::at_first + asked / hedge_budget::entries_per_hedged);
    }
    CHECK(twice * 25 > asked);
}

TEST_CASE("hedged entries that did not arrive otherwise are refunded, but not more than those") {
    hedge_budget budget;
    budget.spend(8);
    budget.give_back(1);
    CHECK(budget.affords(1));
    CHECK_FALSE(budget.affords(2));
    for (int i = 0; i < 100; ++i) budget.give_back(10);
    CHECK_FALSE(budget.affords(9));
}

TEST_CASE("zero entries are not affordable, and overspending leaves zero") {
    hedge_budget budget;
    CHECK_FALSE(budget.affords(0));
    budget.spend(1000);
    CHECK_FALSE(budget.affords(1));
}
