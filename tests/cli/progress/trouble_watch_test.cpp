#include "progress/trouble_watch.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::cli;
using namespace std::chrono_literals;

namespace {

error refused() {
    return {errc::connect_failed, stage::connect, "localhost:9: Connection refused"};
}

trouble_watch::clock::time_point const start{};

}  // namespace

TEST_CASE("an error without progress is reported after two seconds, then every 30 seconds, with the time left") {
    trouble_watch watch(retry_options{});
    CHECK_FALSE(watch.update(std::nullopt, 0, 0, start));
    CHECK_FALSE(watch.update(refused(), 1, 0, start + 1s));
    CHECK_FALSE(watch.update(refused(), 1, 0, start + 2900ms));
    CHECK(watch.summary().empty());
    CHECK(watch.update(refused(), 1, 0, start + 3s) ==
          "aisle: cannot reach localhost:9: Connection refused; retrying for up to 4 min 58 s (--retry-for)");
    CHECK(watch.summary() == "cannot reach localhost:9: Connection refused, 4:58 left");
    CHECK_FALSE(watch.update(refused(), 1, 0, start + 32900ms));
    CHECK(watch.update(refused(), 1, 0, start + 33s) ==
          "aisle: cannot reach localhost:9: Connection refused; retrying for up to 4 min 28 s (--retry-for)");
    CHECK(watch.update(refused(), 1, 0, start + 400s) ==
          "aisle: cannot reach localhost:9: Connection refused; retrying for up to 0 s (--retry-for)");
}

TEST_CASE("if nothing has ever arrived, an error is reported immediately, with the time for that") {
    trouble_watch watch(retry_options{});
    CHECK(watch.update(refused(), 0, 0, start) ==
          "aisle: cannot reach localhost:9: Connection refused; retrying for up to 30 s (--reach-within)");
    CHECK(watch.summary() == "cannot reach localhost:9: Connection refused, 0:30 left");
    CHECK_FALSE(watch.update(refused(), 0, 0, start + 10s));
    CHECK(watch.summary() == "cannot reach localhost:9: Connection refused, 0:20 left");

    retry_options short_retry;
    short_retry.elapsed = 8s;
    CHECK(trouble_watch(short_retry).update(refused(), 0, 0, start) ==
          "aisle: cannot reach localhost:9: Connection refused; retrying for up to 8 s (--retry-for)");
}

TEST_CASE("no error is reported while samples arrive") {
    trouble_watch watch(retry_options{});
    for (int i = 0; i < 100; ++i) CHECK_FALSE(watch.update(refused(), 1, static_cast<unsigned>(i), start + i * 500ms));
    CHECK(watch.summary().empty());
    CHECK_FALSE(watch.update(refused(), 1, 99, start + 51s));
    CHECK(watch.update(refused(), 1, 99, start + 52s));
    CHECK_FALSE(watch.update(std::nullopt, 1, 99, start + 53s));
    CHECK(watch.summary().empty());
}

TEST_CASE("an intermittent error is reported every 30 seconds at most") {
    trouble_watch watch(retry_options{});
    std::uint64_t progress = 0;
    int told = 0;
    for (auto t = start; t < start + 60s; t += 500ms) {
        if ((t - start) % 5s == 0s) ++progress;
        if (watch.update(refused(), 1, progress, t)) ++told;
    }
    CHECK(told == 2);
}

TEST_CASE("the server's message is escaped for the terminal, and has its status") {
    error busy{errc::server_error, stage::response, "asked ais://b"};
    busy.http_status = 503;
    busy.server_text = "starting \x1b]0;x";
    CHECK(trouble_text(busy) == "server refused: asked ais://b (response, HTTP 503); server says: starting \\x1b]0;x");
    CHECK(trouble_text({errc::resolve_failed, stage::connect, "evil\x1b: Host not found"}) ==
          "cannot reach evil\\x1b: Host not found");
}
