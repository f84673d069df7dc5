// Buckets in a cluster in trouble: retries, proxies, ends of everything.
#include "bucket_fixture.hpp"

#include <aisle/sample.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <http/scripted_server.hpp>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using http::test::answer_of;

namespace {

/// Answers request number n (from 0, the map apart) as the script says. An empty answer, and what follows one that ends
/// with a '!', is the end of the connection.
struct scripted_cluster {
    using script = std::function<std::string(unsigned n, std::string const& request)>;
    explicit scripted_cluster(script s) : play(std::move(s)), server([this](http::test::peer& p) { serve(p); }) {
        engine_options how;
        how.endpoint = server.url();
        on.emplace(how);
    }
    void serve(http::test::peer& p) {
        for (auto r = p.read_request(); !r.empty(); r = p.read_request()) {
            auto const answer = r.find("/v1/daemon") != r.npos ? answer_of("{}", 404) : play(asked++, r);
            if (answer.empty()) return;
            bool const is_cut = answer.ends_with('!');
            p.send(std::string_view(answer).substr(0, answer.size() - (is_cut ? 1 : 0)));
            if (is_cut) return;
        }
    }

    script play;
    std::atomic<unsigned> asked{0};
    http::test::scripted_server server;
    std::optional<engine> on;
};

operation_options soon() {
    operation_options out;
    out.retry.first_wait = out.retry.longest_wait = 1ms;
    out.retry.elapsed = 20s;
    return out;
}

std::string object(std::string const& body, std::string const& sum) {
    return answer_of(body, 200, "Ais-Checksum-Type: md5\r\nAis-Checksum-Value: " + sum + "\r\n");
}

constexpr char const* md5_of_hello = "5d41402abc4b2a76b9719d911017c592";

}  // namespace

TEST_CASE("refusals, cut connections and failures between nodes are asked again") {
    scripted_cluster c([](unsigned n, std::string const&) -> std::string {
        switch (n) {
            case 0: return answer_of("{}", 503);
            case 1: return "";
            case 2: return answer_of(R"({"message":"failed to call t[x]: connection refused"})", 400);
            case 3: return answer_of("{}", 500);
            case 4: return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe!";
            default: return object("hello", md5_of_hello);
        }
    });
    get_options how;
    how.retry = soon().retry;
    auto const got = c.on->bucket("ais://b").get("o", how);
    REQUIRE(got.has_value());
    CHECK(got->text() == "hello");
    CHECK(c.on->stats().refusals == 1);
}

TEST_CASE("bytes whose checksum is wrong are asked for three times") {
    scripted_cluster c([](unsigned, std::string const&) { return object("hellO", md5_of_hello); });
    get_options how;
    how.retry = soon().retry;
    auto const e = c.on->bucket("ais://b").get("o", how).error();
    CHECK(e.code == errc::wrong_checksum);
    CHECK(c.asked == 3);
    CHECK_THAT(e.text, Contains("(3 attempts)"));
}

TEST_CASE("a create whose answer was lost, and a bucket that is there then, count as made") {
    scripted_cluster c([](unsigned n, std::string const&) -> std::string {
        return n == 0 ? "" : answer_of(R"({"tcode":"ErrBucketAlreadyExists"})", 409);
    });
    CHECK(c.on->bucket("ais://b").create(soon()).value());
    CHECK_FALSE(c.on->bucket("ais://b").create(soon()).value());
}

TEST_CASE("no cluster at all is an error in bounded time, which says whom nobody answers") {
    engine_options how;
    how.endpoint = "http://127.0.0.1:" + std::to_string(http::test::closed_port());
    engine e(how);
    operation_options soon;
    soon.retry = impatient();
    auto const put = e.bucket("ais://b").put("o", "x", soon).error();
    CHECK(put.code == errc::connect_failed);
    CHECK_THAT(put.text, Contains("put ais://b/o"));
    CHECK_THAT(put.text, Contains("attempts"));
    CHECK(e.bucket("ais://b").list({}, {.retry = impatient()}).next_page().error().code == errc::connect_failed);
}

TEST_CASE("a proxy that hangs is left for the next one") {
    playground::server_options o;
    o.proxy_hosts = {"127.0.0.5", "127.0.0.6"};
    bucket_cluster c(o);
    c.put("o", "bytes");  // the map is known from here on
    REQUIRE(c.bucket().exists("o").value());
    c.server.set_faults(playground::fault_plan::parse("hang-proxy@0").value());
    CHECK(c.bucket().get("o")->text() == "bytes");
    CHECK(names_in(c.bucket().list()) == std::vector<std::string>{"o"});
    CHECK(c.bucket().put("p", "more").has_value());
}

TEST_CASE("stopping, and destroying the listing or the engine, ends what hangs") {
    http::test::scripted_server silent([](http::test::peer& p) { p.wait_for_close(); });
    engine_options how;
    how.endpoint = silent.url();
    auto e = std::make_optional<engine>(how);
    auto const b = e->bucket("ais://b");

    std::stop_source stop;
    std::thread stopping([&] {
        while (silent.accepted() == 0) std::this_thread::yield();
        stop.request_stop();
    });
    CHECK(b.get("o", {.stop = stop.get_token()}).error().code == errc::cancelled);
    stopping.join();
    CHECK(b.head("o", {.retry = {}, .stop = stop.get_token()}).error().code == errc::cancelled);
    CHECK(b.list({}, {.stop = stop.get_token()}).next_page().error().code == errc::cancelled);

    auto const before = silent.accepted();
    std::thread ending([&] {
        while (silent.accepted() == before) std::this_thread::yield();
        e.reset();
    });
    auto listing = b.list();
    CHECK(listing.next_page().error().code == errc::cancelled);
    ending.join();
    CHECK(b.put("o", "x").error().code == errc::cancelled);
    CHECK(listing.next_page().error().code == errc::cancelled);
}

TEST_CASE("a call that blocks is refused on an engine thread") {
    bucket_cluster c;
    c.put("o", "x");
    error why;
    std::atomic<bool> over{false};
    batch one("ais://b");
    one.add("o");
    c.on->start(one, {}, [&](sample) { why = c.bucket().get("o").error(); }, [&](auto const&) { over = true; });
    while (!over) std::this_thread::yield();
    CHECK(why.code == errc::invalid_argument);
    CHECK_THAT(why.text, Contains("engine thread"));
}

TEST_CASE("a forked child takes buckets of its own") {
    bucket_cluster c;
    c.put("o", "x");
    auto const of_the_parent = c.bucket();
    auto const child = ::fork();
    if (child == 0) {
        auto const foreign = of_the_parent.get("o");
        bool const refused = foreign.has_error() && foreign.error().code == errc::invalid_argument;
        auto const own = c.bucket().get("o");
        ::_exit(refused && own && own->text() == "x" ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(of_the_parent.get("o")->text() == "x");
}

TEST_CASE("a member that is cut at the same place each time is given up") {
    scripted_cluster c([](unsigned, std::string const&) { return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe!"; });
    get_options how;
    how.archpath = "a/member";
    how.retry = soon().retry;
    how.retry.attempts = 5;
    auto const got = c.on->bucket("ais://b").get("shard.tar", how);
    REQUIRE_FALSE(got.has_value());
    CHECK(c.asked >= 5);
    CHECK(c.asked <= 12);  // the first two bytes were news once
}
