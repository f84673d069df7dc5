#include "get/entry_reader.hpp"

#include "usage_error.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <mutex>
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

/// Takes entries, as many as there is room for.
struct collector {
    explicit collector(std::size_t most = 1'000'000) : room(most) {}

    entry_reader::target target() {
        return {[this](entry e) { return take(std::move(e)); },
                [this] {
                    std::lock_guard const lock(mutex);
                    ended = true;
                    changed.notify_all();
                }};
    }
    bool take(entry e) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return room > 0 || closed; });
        if (closed) return false;
        --room;
        names += e.object + " ";
        ++taken;
        changed.notify_all();
        return true;
    }
    std::string all() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return ended; });
        return names;
    }
    void wait_for(std::size_t count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return taken == count; });
    }
    void close() {
        std::lock_guard const lock(mutex);
        closed = true;
        changed.notify_all();
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::size_t room;
    std::size_t taken = 0;
    std::string names;
    bool ended = false;
    bool closed = false;
};

}  // namespace

TEST_CASE("a list is submitted in order") {
    std::vector<entry> entries;
    for (int i = 0; i < 5; ++i) entries.push_back({.bucket = "ais://b", .object = "o" + std::to_string(i)});
    collector to;
    entry_reader reader(entries, to.target());
    CHECK(reader.expected_entries() == 5);
    CHECK(to.all() == "o0 o1 o2 o3 o4 ");
    reader.finish();
}

TEST_CASE("lines become entries in order; blank lines are skipped, the last line feed is optional") {
    test_pipe from;
    from.put(line(0) + "\n" + line(1) + "  \r\n" + line(2) + "{\"object\":\"last\"}");
    from.close_writer();
    collector to;
    entry_reader reader({from.ends[0], "ais://b"}, to.target(), {});
    CHECK(to.all() == "o0 o1 o2 last ");
    reader.finish();
    CHECK(reader.expected_entries() == 4);
}

TEST_CASE("a byte order mark is skipped before the first line only") {
    test_pipe from;
    from.put("\xef\xbb\xbf" + line(0) + line(1) + "\xef\xbb\xbf" + line(2));
    from.close_writer();
    collector to;
    entry_reader reader({from.ends[0], "ais://b"}, to.target(), {});
    CHECK(to.all() == "o0 o1 ");
    CHECK_THROWS_WITH(reader.finish(), Contains("input line 3: not JSON"));
}

TEST_CASE("a line is submitted as soon as it is complete, while the writer pauses") {
    test_pipe from;
    collector to;
    entry_reader reader({from.ends[0], "ais://b"}, to.target(), {});
    from.put(line(0) + line(1));
    to.wait_for(2);
    CHECK_FALSE(reader.expected_entries());
    from.put(line(2));
    to.wait_for(3);
    from.close_writer();
    CHECK(to.all() == "o0 o1 o2 ");
}

TEST_CASE("the lines before an invalid line are submitted, then the error has its line number") {
    test_pipe from;
    from.put(line(0) + line(1) + "\n{\"objekt\":1}\n" + line(4));
    from.close_writer();
    collector to;
    entry_reader reader({from.ends[0], "ais://b"}, to.target(), {});
    CHECK(to.all() == "o0 o1 ");
    CHECK_THROWS_WITH(reader.finish(), Contains("input line 4: unknown key \"objekt\""));
}

TEST_CASE("an endless line is refused, not buffered") {
    test_pipe from;
    collector to;
    entry_reader reader({from.ends[0], "ais://b"}, to.target(), {});
    std::jthread writer([&from] { from.put(std::string(2 << 20, ' ')); });
    CHECK_THROWS_WITH(reader.finish(), Contains("input line 1 is longer than 1 MiB"));
    close(from.ends[0]);  // frees the writer
    from.ends[0] = open("/dev/null", 0);
}

TEST_CASE("an endless input is read only as fast as entries are accepted") {
    test_pipe from;
    REQUIRE(fcntl(from.ends[1], F_SETFL, O_NONBLOCK) == 0);
    collector to(100);
    entry_reader reader({from.ends[0], "ais://b"}, to.target(), {});
    int written = 0;
    for (; written < 200; ++written) from.put(line(written));
    to.wait_for(100);
    // Full, and full again after the reader has had its time: it has stopped reading.
    for (int full = 0; full < 20;) {
        auto const text = line(written);
        if (write(from.ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
            ++written;
            full = 0;
        } else {
            ++full;
            std::this_thread::sleep_for(10ms);
        }
    }
    {
        std::lock_guard const lock(to.mutex);
        CHECK(to.taken == 100);
    }
    CHECK(written < 15'000);  // what was taken, the reader's buffer and the pipe's
    to.close();
}

TEST_CASE("stop ends the reader while its input pauses, and while submit() blocks") {
    test_pipe from;
    std::stop_source stop;
    collector to;
    entry_reader resting({from.ends[0], "ais://b"}, to.target(), stop.get_token());
    stop.request_stop();
    resting.finish();
    CHECK(to.all().empty());

    test_pipe much;
    for (int i = 0; i < 500; ++i) much.put(line(i));
    collector full(10);
    entry_reader waiting({much.ends[0], "ais://b"}, full.target(), {});
    full.wait_for(10);
    full.close();
    CHECK(full.all().ends_with("o9 "));
}

TEST_CASE("the number of entries in a file is estimated before it is read") {
    std::FILE* const file = std::tmpfile();
    for (int i = 0; i < 10'000; ++i) std::fputs("{\"object\":\"same-length\"}\n", file);
    std::rewind(file);
    collector to(10);
    entry_reader reader({fileno(file), "ais://b"}, to.target(), {});
    to.wait_for(10);
    auto const guess = reader.expected_entries();
    REQUIRE(guess);
    CHECK(*guess > 8'000);
    CHECK(*guess < 12'000);
    {
        std::lock_guard const lock(to.mutex);
        to.room = 1'000'000;
        to.changed.notify_all();
    }
    static_cast<void>(to.all());
    reader.finish();
    CHECK(reader.expected_entries() == 10'000);
    std::fclose(file);
}
