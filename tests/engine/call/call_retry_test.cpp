// When a call on a bucket is retried.
#include <catch2/catch.hpp>

#include <call/call_retry.hpp>

using namespace aisle;
using namespace aisle::detail;
using namespace std::chrono_literals;
using time_point = call_retry::time_point;

namespace {

error refused(int status, std::string code = {}) {
    error e{errc::server_error, stage::response};
    e.http_status = status;
    e.server_code = std::move(code);
    return e;
}

error const cut{errc::connection_lost, stage::response};

call_retry::surroundings at(time_point now) {
    return {now, 0.5};
}

retry_options patient() {
    retry_options out;
    out.attempts = 4;
    out.elapsed = 10s;
    out.unreached = 2s;
    out.first_wait = 100ms;
    out.longest_wait = 150ms;
    return out;
}

}  // namespace

TEST_CASE("waits grow to their limit, and attempts end") {
    time_point const t0{1h};
    call_retry r(patient(), t0);
    CHECK(r.failed(cut, at(t0)) == 50ms);
    CHECK(r.failed(cut, at(t0)) == 75ms);
    CHECK(r.failed(cut, at(t0)) == 75ms);
    CHECK_FALSE(r.failed(cut, at(t0)));
    CHECK(r.failures() == 4);
}

TEST_CASE("progress resets the attempts and the time") {
    time_point const t0{1h};
    call_retry r(patient(), t0);
    for (int i = 0; i < 3; ++i) CHECK(r.failed(cut, at(t0)));
    r.progressed(t0 + 9s);
    CHECK(r.failed(cut, at(t0 + 18s)));
    CHECK_FALSE(r.failed(cut, at(t0 + 19s)));
}

TEST_CASE("a cluster that was never reached is given up sooner, and a wait ends no later than that") {
    time_point const t0{1h};
    call_retry r(patient(), t0);
    auto s = at(t0 + 1'990ms);
    s.unreached_since = t0;
    CHECK(r.failed(cut, s) == 10ms);
    s.now = t0 + 2s;
    CHECK_FALSE(r.failed(cut, s));
}

TEST_CASE("a call respects the server's Retry-After") {
    time_point const t0{1h};
    call_retry r(patient(), t0);
    auto s = at(t0);
    s.retry_after = 3s;
    CHECK(r.failed(refused(503), s) == 3s);
}

TEST_CASE("permanent refusals are not retried, unexplained ones a few times") {
    time_point const t0{1h};
    auto options = patient();
    options.attempts = 100;
    for (auto const& e : {refused(400), refused(401), refused(403), refused(404), refused(404, "ErrBckNotFound"),
                          error{errc::wrong_size, stage::payload}, error{errc::cancelled, stage::request}})
        CHECK_FALSE(call_retry(options, t0).failed(e, at(t0)));
    for (auto const& e : {refused(429), refused(409), refused(502), cut})
        CHECK(call_retry(options, t0).failed(e, at(t0)));
    auto const tries = [&](error const& e) {
        call_retry r(options, t0);
        unsigned n = 1;
        while (r.failed(e, at(t0))) ++n;
        return n;
    };
    CHECK(tries(refused(500)) == call_retry::most_unexplained);
    CHECK(tries(error{errc::wrong_checksum, stage::payload}) == call_retry::most_bad_payloads);
}

TEST_CASE("missing is final only in a settled cluster") {
    time_point const t0{1h};
    call_retry r(patient(), t0);
    auto s = at(t0);
    s.missing_is_uncertain = true;
    CHECK(r.failed(refused(404), s));
    CHECK_FALSE(r.failed(refused(404, "ErrBckNotFound"), s));
    s.missing_is_uncertain = false;
    CHECK_FALSE(r.failed(refused(404), s));
}
