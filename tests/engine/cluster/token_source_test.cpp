#include "cluster/token_source.hpp"

#include "support/certificates.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <sys/stat.h>

using namespace aisle;
using aisle::detail::token_source;
using aisle::test::temporary_folder;
using namespace std::chrono_literals;

namespace {

// A later time at each call, beyond the interval between checks of the file.
struct stepping_clock {
    token_source::clock::time_point at = token_source::clock::now();
    token_source::clock::time_point later() { return at += 1100ms; }
};

}  // namespace

TEST_CASE("without credentials there is no Authorization, and a 401 is final") {
    token_source none({});
    CHECK(none.authorization().value().empty());
    CHECK(!none.refresh(""));
    token_source given({.token = "abc", .token_file = "/no/such/file"});
    CHECK(given.authorization().value() == "Bearer abc");
    CHECK(!given.refresh("Bearer abc"));
    CHECK(authorization({.token = "abc"}).value() == "Bearer abc");
}

TEST_CASE("a file is read again when it has changed, at most once a second") {
    temporary_folder folder;
    auto const file = folder.write("token", "first\n");
    token_source source({.token_file = file});
    stepping_clock clock;
    CHECK(source.authorization(clock.at).value() == "Bearer first");
    folder.write("token", R"({"token": "second"})");
    CHECK(source.authorization(clock.at + 900ms).value() == "Bearer first");
    CHECK(source.authorization(clock.later()).value() == "Bearer second");
    // Replaced by another file, as careful writers do.
    auto const next = folder.write("next", "third-of-its-kind");
    std::filesystem::rename(next, file);
    CHECK(source.authorization(clock.later()).value() == "Bearer third-of-its-kind");
}

TEST_CASE("after a 401 the file is read immediately, and a retry is worth it if the token has changed") {
    temporary_folder folder;
    auto const file = folder.write("token", "first");
    token_source source({.token_file = file});
    auto const now = token_source::clock::now();
    std::string const used(source.authorization(now).value());
    CHECK(!source.refresh(used));
    folder.write("token", "other");  // as long as the first, perhaps within the same tick of the file system's clock
    CHECK(source.refresh(used));
    CHECK(source.authorization(now).value() == "Bearer other");
    // A second request with the old token learns that there is a new one; one with the new token does not.
    CHECK(source.refresh(used));
    CHECK(!source.refresh("Bearer other"));
}

TEST_CASE("a good token outlasts a file that is missing, truncated or invalid for a while") {
    temporary_folder folder;
    auto const file = folder.write("token", "first");
    token_source source({.token_file = file});
    stepping_clock clock;
    std::string const used(source.authorization(clock.at).value());
    std::filesystem::remove(file);
    CHECK(source.authorization(clock.later()).value() == used);
    CHECK(!source.refresh(used));
    for (auto const* text : {"", "{\"token\": \"cu", "two words"}) {
        folder.write("token", text);
        CHECK(source.authorization(clock.later()).value() == used);
        CHECK(!source.refresh(used));
    }
    folder.write("token", "second");
    CHECK(source.authorization(clock.later()).value() == "Bearer second");
}

TEST_CASE("unusable credentials are typed errors that name the file and never the token") {
    temporary_folder folder;
    auto const fifo = (folder.path() / "fifo").string();
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    for (auto const& file :
         {std::string("/no/such/file"), folder.path().string(), fifo, folder.write("empty", ""),
          folder.write("lines", "secret\nsecret\n"), folder.write("json", "{\"token\": \"secret\\n\"}"),
          folder.write("binary", std::string("secret\0", 7)), folder.write("large", std::string(70'000, 's'))}) {
        CAPTURE(file);
        token_source source({.token_file = file});
        for (int i = 0; i < 2; ++i) {
            auto const value = source.authorization();
            REQUIRE(value.has_error());
            CHECK(value.error().code == errc::invalid_argument);
            CHECK(value.error().where == stage::usage);
            CHECK(value.error().text.find(file) != std::string::npos);
            CHECK(value.error().message().find("secret") == std::string::npos);
        }
        CHECK(!source.refresh(""));
    }
    for (std::string const& token :
         {std::string("secret\r\nX-Evil: 1"), std::string("secret "), std::string("se\0cret", 7)}) {
        auto const value = authorization({.token = token});
        REQUIRE(value.has_error());
        CHECK(value.error().code == errc::invalid_argument);
        CHECK(value.error().message().find("secret") == std::string::npos);
    }
}
