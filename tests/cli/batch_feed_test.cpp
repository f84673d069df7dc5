#include "batch_feed.hpp"

#include "usage_error.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <thread>
#include <unistd.h>

using namespace aisle;
using namespace aisle::cli;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// A pipe whose writing end a thread may fill.
struct test_pipe {
    test_pipe() {
        std::signal(SIGPIPE, SIG_IGN);
        REQUIRE(pipe(ends.data()) == 0);
    }
    ~test_pipe() {
        close(ends[0]);
        close_writer();
    }
    void put(std::string_view text) const {
        while (!text.empty()) {
            auto const n = write(ends[1], text.data(), text.size());
            if (n <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    void close_writer() {
        if (ends[1] >= 0) close(ends[1]);
        ends[1] = -1;
    }
    std::array<int, 2> ends{};
};

std::string line(int i) {
    return "{\"object\":\"o" + std::to_string(i) + "\"}\n";
}

/// Object names in the order in which batches give them, a '|' behind each batch.
std::string drain(batch_feed& feed) {
    std::string all;
    while (feed.wait())
        while (auto b = feed.take()) {
            for (auto const& e : b->entries()) all += e.object + " ";
            all += "|";
        }
    return all;
}

}  // namespace

TEST_CASE("a list is cut into batches, the last one shorter") {
    std::vector<entry> entries;
    for (int i = 0; i < 5; ++i) entries.push_back({"ais://b", "o" + std::to_string(i), "", "", {}});
    batch_feed feed(entries, 2);
    CHECK(feed.expected_entries() == 5);
    CHECK(drain(feed) == "o0 o1 |o2 o3 |o4 |");
}

TEST_CASE("lines become batches in their order, blank ones skipped, the last line feed optional") {
    test_pipe from;
    from.put(line(0) + "\n" + line(1) + "  \r\n" + line(2) + "{\"object\":\"last\"}");
    from.close_writer();
    batch_feed feed(batch_feed::input{from.ends[0], "ais://b"}, 3, {});
    CHECK(drain(feed) == "o0 o1 o2 |last |");
    CHECK(feed.expected_entries() == 4);
}

TEST_CASE("a byte order mark before the first line is skipped, and nowhere else") {
    test_pipe from;
    from.put("\xef\xbb\xbf" + line(0) + line(1) + "\xef\xbb\xbf" + line(2));
    from.close_writer();
    batch_feed feed(batch_feed::input{from.ends[0], "ais://b"}, 10, {});
    REQUIRE(feed.wait());
    CHECK(feed.take()->size() == 2);
    CHECK_THROWS_WITH(feed.wait(), Contains("input line 3: not JSON"));
}

TEST_CASE("an unfinished batch goes out when the writer pauses") {
    test_pipe from;
    batch_feed feed(batch_feed::input{from.ends[0], "ais://b"}, 100, {});
    from.put(line(0) + line(1));
    REQUIRE(feed.wait());
    CHECK(feed.take()->size() == 2);
    CHECK(!feed.take());  // nothing for now, and no waiting for it
    from.put(line(2));
    REQUIRE(feed.wait());
    CHECK(feed.take()->size() == 1);
    from.close_writer();
    CHECK(!feed.wait());
}

TEST_CASE("a faulty line is named, behind everything that came before it") {
    test_pipe from;
    from.put(line(0) + line(1) + "\n{\"objekt\":1}\n" + line(4));
    from.close_writer();
    batch_feed feed(batch_feed::input{from.ends[0], "ais://b"}, 10, {});
    REQUIRE(feed.wait());
    CHECK(feed.take()->size() == 2);
    CHECK_THROWS_WITH(feed.wait(), Contains("input line 4: unknown key \"objekt\""));
}

TEST_CASE("a line without an end is refused, not collected") {
    test_pipe from;
    batch_feed feed(batch_feed::input{from.ends[0], "ais://b"}, 10, {});
    std::jthread writer([&from] { from.put(std::string(2 << 20, ' ')); });
    CHECK_THROWS_WITH(feed.wait(), Contains("input line 1 is longer than 1 MiB"));
    close(from.ends[0]);  // frees the writer
    from.ends[0] = open("/dev/null", 0);
}

TEST_CASE("an endless input is read only as far as batches are taken") {
    test_pipe from;
    std::atomic<int> written{0};
    std::atomic<bool> over{false};
    batch_feed feed(batch_feed::input{from.ends[0], "ais://b"}, 10, {});
    std::jthread writer([&] {
        while (!over) {
            from.put(line(written));
            ++written;
        }
        from.close_writer();
    });
    REQUIRE(feed.wait());
    std::this_thread::sleep_for(300ms);
    int const stalled_at = written;
    std::this_thread::sleep_for(100ms);
    CHECK(written <= stalled_at + 1);
    CHECK(written < 15'000);  // max_ready batches, the reader's buffer and the pipe's
    over = true;
    std::size_t taken = 0;
    while (feed.wait())
        while (auto b = feed.take()) taken += b->size();
    CHECK(taken == static_cast<std::size_t>(written));
}

TEST_CASE("stopping ends the feed while its input rests, and while it is full") {
    test_pipe from;
    std::stop_source stop;
    batch_feed resting(batch_feed::input{from.ends[0], "ais://b"}, 10, stop.get_token());
    std::jthread stopper([&stop] {
        std::this_thread::sleep_for(50ms);
        stop.request_stop();
    });
    CHECK(!resting.wait());

    test_pipe much;
    for (int i = 0; i < 500; ++i) much.put(line(i));
    batch_feed full(batch_feed::input{much.ends[0], "ais://b"}, 1, {});
    CHECK(full.wait());  // and then its destructor, with the reader waiting for room
}

TEST_CASE("a file tells how many entries to expect before it is read") {
    std::FILE* const file = std::tmpfile();
    for (int i = 0; i < 10'000; ++i) std::fputs("{\"object\":\"same-length\"}\n", file);
    std::rewind(file);
    batch_feed feed(batch_feed::input{fileno(file), "ais://b"}, 10, {});
    REQUIRE(feed.wait());
    auto const guess = feed.expected_entries();
    REQUIRE(guess);
    CHECK(*guess > 9'000);
    CHECK(*guess < 11'000);
    while (feed.wait())
        while (feed.take()) {
        }
    CHECK(feed.expected_entries() == 10'000);
    std::fclose(file);
}
