// Buckets in a failing cluster: retries, proxies, and all ways to end a call.
#include "../log_notebook.hpp"
#include "../playground_process.hpp"
#include "bucket_fixture.hpp"

#include <aisle/sample.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <functional>
#include <http/scripted_server.hpp>
#include <string>
#include <support/forked.hpp>
#include <support/soon.hpp>
#include <thread>
#include <vector>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using http::test::answer_of;

namespace {

/// Answers request number n (from 0, without map requests) by script. After an empty answer, and after one that ends
/// with a '!', it closes the connection.
struct scripted_cluster {
    using script = std::function<std::string(unsigned n, std::string const& request)>;
    explicit scripted_cluster(script s, log_hook log = {})
        : play(std::move(s)), server([this](http::test::peer& p) { serve(p); }) {
        engine_options how;
        how.log.hook = std::move(log);
        how.endpoint = server.url();
        how.proxy_timeout = 60s;
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
    out.retry.elapsed = 60s;
    return out;
}

std::string object(std::string const& body, std::string const& sum) {
    return answer_of(body, 200, "Ais-Checksum-Type: md5\r\nAis-Checksum-Value: " + sum + "\r\n");
}

constexpr char const* md5_of_hello = "5d41402abc4b2a76b9719d911017c592";

}  // namespace

TEST_CASE("refusals, cut connections and failures between nodes are retried") {
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

TEST_CASE("each retry of a call is logged") {
    notebook log;
    scripted_cluster c(
        [](unsigned n, std::string const&) -> std::string {
            if (n == 0) return "";
            return n == 1 ? answer_of("{}", 503) : object("hello", md5_of_hello);
        },
        log.hook());
    get_options how;
    how.retry = soon().retry;
    REQUIRE(c.on->bucket("ais://b").get("o", how).has_value());
    auto const retries = log.all("call.retry");
    REQUIRE(retries.size() == 2);
    for (auto const& r : retries) CHECK(r.level == log_level::info);
    CHECK(retries[0].fields.at("call") == "get ais://b/o");
    CHECK(retries[0].fields.at("failures") == "1");
    CHECK(!retries[0].fields.at("why").empty());
    CHECK(retries[1].fields.at("failures") == "2");
    CHECK(retries[1].fields.at("status") == "503");
}

TEST_CASE("a log hook that destroys the engine ends the call that it logs") {
    std::function<void()> destroy = [] {};
    scripted_cluster c([](unsigned, std::string const&) { return answer_of("{}", 503); },
                       [&](log_level, std::string_view event, auto&&...) {
                           if (event == "call.retry") destroy();
                       });
    auto bucket = c.on->bucket("ais://b");
    std::atomic<bool> destroyed{false};
    destroy = [&] {
        c.on.reset();
        destroyed = true;
    };
    get_options how;
    how.retry.first_wait = how.retry.longest_wait = 1min;
    CHECK(bucket.get("o", how).error().code == errc::cancelled);
    REQUIRE(soon([&] { return destroyed.load(); }));  // get() returns during the engine's destructor
}

TEST_CASE("bytes with a wrong checksum are requested three times") {
    scripted_cluster c([](unsigned, std::string const&) { return object("hellO", md5_of_hello); });
    get_options how;
    how.retry = soon().retry;
    auto const e = c.on->bucket("ais://b").get("o", how).error();
    CHECK(e.code == errc::wrong_checksum);
    CHECK(c.asked == 3);
    CHECK_THAT(e.text, Contains("(3 attempts)"));
}

TEST_CASE("a create() whose answer was lost, and whose bucket then exists, counts as created") {
    scripted_cluster c([](unsigned n, std::string const&) -> std::string {
        return n == 0 ? "" : answer_of(R"({"tcode":"ErrBucketAlreadyExists"})", 409);
    });
    CHECK(c.on->bucket("ais://b").create(soon()).value());
    CHECK_FALSE(c.on->bucket("ais://b").create(soon()).value());
}

TEST_CASE("an unreachable cluster is an error after the last attempt, which names the address") {
    engine_options how;
    how.proxy_timeout = 60s;
    how.endpoint = "http://127.0.0.1:" + std::to_string(http::test::closed_port());
    engine e(how);
    operation_options soon;
    soon.retry = impatient();
    auto const put = e.bucket("ais://b").put("o", "x", soon).error();
    CHECK(put.code == errc::connect_failed);
    CHECK_THAT(put.text, Contains("put ais://b/o"));
    CHECK_THAT(put.text, Contains("(3 attempts)"));
    CHECK(e.bucket("ais://b").list({}, {.retry = impatient()}).next_page().error().code == errc::connect_failed);
}

TEST_CASE("a proxy that hangs is replaced by the next one") {
    playground::server_options o;
    o.proxy_hosts = {"127.0.0.5", "127.0.0.6"};
    bucket_cluster c(o, 500ms);
    c.put("o", "bytes");  // the map is known from now on
    REQUIRE(c.bucket().exists("o").value());
    c.server.set_faults(playground::fault_plan::parse("hang-proxy@0").value());
    CHECK(c.bucket().get("o")->text() == "bytes");
    CHECK(names_in(c.bucket().list()) == std::vector<std::string>{"o"});
    CHECK(c.bucket().put("p", "more").has_value());
}

TEST_CASE("stopping, and destroying the listing or the engine, ends hanging calls") {
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

TEST_CASE("a blocking call is refused on an engine thread") {
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

TEST_CASE("a forked child uses its own buckets", starts_threads_in_child) {
    playground_process const c(bucket_cluster::prepared({}));
    engine on(c.for_engine());
    auto const of_the_parent = on.bucket("ais://b");
    REQUIRE(of_the_parent.put("o", "x").has_value());
    REQUIRE(prepare_for_sanitizer());
    CHECK(in_child([&] {
              auto const foreign = of_the_parent.get("o");
              bool const refused = foreign.has_error() && foreign.error().code == errc::invalid_argument;
              auto const own = on.bucket("ais://b").get("o");
              return refused && own && own->text() == "x" ? 0 : 1;
          }) == 0);
    CHECK(of_the_parent.get("o")->text() == "x");
}

TEST_CASE("a member that is cut at the same byte every time is given up") {
    scripted_cluster c([](unsigned, std::string const&) { return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe!"; });
    get_options how;
    how.archpath = "a/member";
    how.retry = soon().retry;
    how.retry.attempts = 5;
    auto const got = c.on->bucket("ais://b").get("shard.tar", how);
    REQUIRE_FALSE(got.has_value());
    CHECK(c.asked >= 5);
    CHECK(c.asked <= 12);  // the first two bytes count as progress once
}
