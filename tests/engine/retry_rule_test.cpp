#include <catch2/catch.hpp>

#include <batch/retry_rule.hpp>

using namespace aisle;
using namespace std::chrono_literals;
using detail::decide;
using detail::next_step;
using detail::trouble;

namespace {

trouble of(errc code, std::size_t asked = 40, unsigned attempt = 1) {
    trouble t;
    t.why = error{code, stage::response};
    t.asked = asked;
    t.attempt = attempt;
    t.draw = 0.5;
    return t;
}

trouble answered(int status, std::string words, std::string code = {}, std::size_t asked = 40) {
    auto t = of(errc::server_error, asked);
    t.why.http_status = status;
    t.why.server_text = std::move(words);
    t.why.server_code = std::move(code);
    return t;
}

next_step step(trouble const& t) {
    return decide(t, {}).what;
}

}  // namespace

TEST_CASE("faults of the connection and the cluster's state pass, whatever their number") {
    for (auto code : {errc::connect_failed, errc::connect_timeout, errc::resolve_failed, errc::first_byte_timeout})
        for (unsigned attempt : {1u, 3u, 50u}) CHECK(step(of(code, 40, attempt)) == next_step::again);
    CHECK(step(answered(429, "rejected: pending=256")) == next_step::again);
    CHECK(step(answered(503, "starting")) == next_step::again);
    CHECK(step(answered(409, "different Smap")) == next_step::again);
    CHECK(step(answered(400, "no storage targets in the cluster", "ErrNoNodes")) == next_step::again);
    CHECK(step(answered(404, "wid=\"x\" (prep-rx not done?) does not exist", "ErrNotFound")) == next_step::again);
}

TEST_CASE("a request that is not finished is made again twice, then in halves, then alone as an object") {
    for (auto code : {errc::short_batch, errc::truncated_body, errc::connection_lost, errc::wrong_member,
                      errc::bad_archive, errc::idle_timeout}) {
        CHECK(step(of(code, 40, 1)) == next_step::again);
        CHECK(step(of(code, 40, 2)) == next_step::again);
        CHECK(step(of(code, 40, 3)) == next_step::split);
        CHECK(step(of(code, 1, 3)) == next_step::plain_get);
    }
    auto plain = of(errc::truncated_body, 1, 5);
    plain.plain = 2;
    CHECK(step(plain) == next_step::plain_get);
    plain.plain = 5;
    CHECK(step(plain) == next_step::fail_asked);
}

TEST_CASE("what the server says of the request is taken at its word") {
    CHECK(step(answered(400, "range not satisfiable", "ErrRangeNotSatisfiable")) == next_step::split);
    CHECK(step(answered(400, "range not satisfiable", "ErrRangeNotSatisfiable", 1)) == next_step::plain_get);
    CHECK(step(answered(404, "a/b does not exist", "ErrNotFound")) == next_step::split);
    CHECK(step(answered(400, "remote target aborted xaction")) == next_step::again);
    CHECK(step(answered(400, "unknown mime type", "errUnknownMime")) == next_step::give_up);
    CHECK(step(answered(401, "token required")) == next_step::give_up);
    for (int damaged : {0, 202, 300, 600}) CHECK(step(answered(damaged, "")) == next_step::again);
    auto alone = answered(400, "not an archive", {}, 1);
    alone.plain = 1;
    CHECK(step(alone) == next_step::fail_asked);
}

TEST_CASE("a bucket that is refused fails alone") {
    auto t = answered(404, "bucket \"ais://x\" does not exist", "ErrBckNotFound");
    CHECK(step(t) == next_step::fail_asked);
    t.one_bucket = false;
    CHECK(step(t) == next_step::split_buckets);
    t.why.http_status = 403;
    CHECK(step(t) == next_step::split_buckets);
}

TEST_CASE("a sample whose bytes are wrong is asked for again, as an object in the end") {
    auto t = of(errc::wrong_checksum, 1);
    CHECK(step(t) == next_step::again);
    t.plain = 1;
    CHECK(step(t) == next_step::plain_get);
    t.plain = 2;
    CHECK(step(t) == next_step::fail_asked);
    CHECK(step(of(errc::wrong_size, 1)) == next_step::plain_get);
}

TEST_CASE("waits grow with the attempts, are drawn, and have a ceiling; the server's own wish is kept") {
    retry_options o;
    o.first_wait = 100ms;
    o.longest_wait = 1000ms;
    auto after = [&](unsigned attempt, double draw) {
        auto t = of(errc::connect_failed, 40, attempt);
        t.draw = draw;
        return decide(t, o).after;
    };
    CHECK(after(1, 0) == 0ms);
    CHECK(after(1, 0.5) == 50ms);
    CHECK(after(2, 0.5) == 100ms);
    CHECK(after(3, 0.5) == 200ms);
    CHECK(after(4, 0.5) == 400ms);
    CHECK(after(5, 0.5) == 500ms);
    CHECK(after(90, 0.5) == 500ms);
    auto told = of(errc::connect_failed);
    told.retry_after = 7000ms;
    CHECK(decide(told, o).after == 7000ms);
}

TEST_CASE("both budgets end it, and one attempt means one") {
    CHECK(decide(of(errc::short_batch), no_retry).what == next_step::give_up);
    CHECK(step(of(errc::connect_failed, 40, 100)) == next_step::give_up);
    auto t = of(errc::connect_failed);
    t.elapsed = 300s;
    CHECK(step(t) == next_step::give_up);
    t.elapsed = 299s;
    CHECK(step(t) == next_step::again);
    // An entry whose absence was in doubt all the time is missing, and the others go on.
    auto gone = of(errc::missing);
    gone.elapsed = 300s;
    CHECK(step(gone) == next_step::fail_asked);
}

TEST_CASE("nothing is asked for again that was cancelled or never right") {
    for (auto code :
         {errc::cancelled, errc::deadline_exceeded, errc::invalid_entry, errc::tls_failed, errc::bad_redirect})
        CHECK(step(of(code)) == next_step::give_up);
    trouble t = of(errc::unsupported);
    t.why.where = stage::usage;
    CHECK(step(t) == next_step::give_up);
}

TEST_CASE("an answer that seems to need what we do not have may be damaged") {
    for (auto code : {errc::unsupported, errc::limit_exceeded}) {
        auto t = of(code, 40, 1);
        t.why.where = stage::archive;
        CHECK(step(t) == next_step::again);
        t.attempt = 3;
        CHECK(step(t) == next_step::split);
        t.asked = 1;
        CHECK(step(t) == next_step::plain_get);
    }
    auto plain = of(errc::limit_exceeded, 1, 5);
    plain.plain = 1;
    CHECK(step(plain) == next_step::fail_asked);
}
