// https, tokens and redirects, through the whole engine.
#include "../cluster_fixture.hpp"
#include "../log_notebook.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <http/scripted_server.hpp>
#include <mutex>
#include <string>
#include <support/certificates.hpp>
#include <vector>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

struct secure_cluster {
    explicit secure_cluster(std::string names = "IP:127.0.0.1", std::string token = {})
        : authority(folder), served(100, 5'000, prepared(authority, std::move(names), std::move(token))) {}

    static playground::server_options prepared(test_authority const& a, std::string names, std::string token) {
        certificate_recipe what;
        what.names = std::move(names);
        auto const files = a.issue(what);
        playground::server_options o;
        o.tls_certificate = files.certificate;
        o.tls_key = files.key;
        o.token = std::move(token);
        return o;
    }

    engine_options for_engine() const {
        auto o = served.for_engine();
        o.tls = {};
        o.tls.ca_file = authority.ca_file();
        return o;
    }

    temporary_folder folder;
    test_authority authority;
    cluster served;
};

struct outcome {
    std::uint64_t right = 0;
    std::uint64_t failed = 0;
    std::optional<error> fault;
    std::vector<std::string> retried_after;  // the reasons of the retries
};

outcome fetch(engine_options o, retry_options retry = {}) {
    notebook events;
    o.log.hook = events.hook();
    engine e(o);
    outcome out;
    auto const total = e.stream(made_up(0, 20), {.retry = retry}, [&](sample s) {
        out.right += is_right(s);
        out.failed += s.status() == sample_status::failed;
    });
    REQUIRE(total.has_value());
    out.fault = total->fault;
    for (auto const& t : events.all("retry")) out.retried_after.push_back(t.fields.at("why"));
    return out;
}

/// On a busy machine a request that is still connecting may be dropped and made again, because the request for the map
/// has failed by then. That is no second attempt after the certificate was refused.
bool no_retry_after_a_refusal(outcome const& o) {
    return std::ranges::all_of(o.retried_after,
                               [](auto const& why) { return why.ends_with(" did not respond in time"); });
}

}  // namespace

TEST_CASE("a cluster with TLS is read, including redirects, in every mode") {
    secure_cluster c;
    CHECK(fetch(c.for_engine()).right == 20);
    c.served.spoil("abrupt@9000/2");
    retry_options quick;
    quick.first_wait = 1ms;
    CHECK(fetch(c.for_engine(), quick).right == 20);
}

TEST_CASE("a server that is not the cluster gets nothing, and there is no second attempt") {
    secure_cluster elsewhere("DNS:other.example");
    auto const wrong_host = fetch(elsewhere.for_engine());
    CHECK(wrong_host.failed == 20);
    CHECK(wrong_host.fault->code == errc::tls_failed);
    CHECK(no_retry_after_a_refusal(wrong_host));

    secure_cluster c;
    auto untrusting = c.for_engine();
    untrusting.tls.ca_file.clear();
    auto const unknown_authority = fetch(untrusting);
    CHECK(unknown_authority.fault->code == errc::tls_failed);
    CHECK(no_retry_after_a_refusal(unknown_authority));
    untrusting.tls.verify = false;
    CHECK(fetch(untrusting).right == 20);

    auto missing_file = c.for_engine();
    missing_file.tls.ca_file = c.folder.path() / "not-there.pem";
    CHECK_THROWS_AS(engine(missing_file), exception);
}

TEST_CASE("a token is sent to the proxy and never shown to the user") {
    std::string const secret = "s3cret-Token.value";
    cluster c(20, 1'000, {.token = secret});
    auto o = c.for_engine();
    o.credentials.token = secret;
    CHECK(fetch(o).right == 20);

    c.server.set_token("another");
    engine e(o);
    batch_report report;
    stream_options how;
    how.on_batch_end = [&](batch_report const& r) { report = r; };
    auto const total = e.stream(made_up(0, 3), how, [&](sample s) {
        REQUIRE(!s.delivered());
        CHECK(s.why().http_status == 401);
        CHECK(s.why().message().find(secret) == std::string::npos);
    });
    REQUIRE(total.has_value());
    REQUIRE(total->fault);
    CHECK(total->fault->message().find(secret) == std::string::npos);
    CHECK(report.fault->message().find(secret) == std::string::npos);
}

TEST_CASE("a token file is read again when the server refuses its token") {
    temporary_folder folder;
    cluster c(20, 1'000, {.token = "first"});
    auto o = c.for_engine();
    o.credentials = {};
    o.credentials.token_file = folder.write("token", "first\n");
    engine e(o);
    auto read = [&] {
        std::uint64_t right = 0;
        REQUIRE(e.stream(made_up(0, 20), {}, [&](sample s) { right += is_right(s); }).has_value());
        return right;
    };
    CHECK(read() == 20);
    c.server.set_token("second");
    folder.write("token", "{\"token\": \"second\"}");
    CHECK(read() == 20);
}

TEST_CASE("a redirect leads to the same host or to one of the cluster map, and without the token") {
    using http::test::peer;
    std::mutex lock;
    std::string asked_of_target;
    http::test::scripted_server target([&](peer& p) {
        auto request = p.read_request();
        {
            std::lock_guard held(lock);
            asked_of_target += request;
        }
        p.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    std::string asked_of_proxy;
    std::string host;
    http::test::scripted_server proxy([&](peer& p) {
        for (;;) {
            auto const request = p.read_request();
            if (request.empty()) return;
            std::lock_guard held(lock);
            asked_of_proxy += request;
            bool const is_batch = request.find("/v1/ml/moss") != request.npos;
            p.send(is_batch ? "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://" + host + ':' +
                                  std::to_string(target.port()) + "/v1/ml/moss/b/x/w/1\r\nContent-Length: 0\r\n\r\n"
                            : std::string("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
        }
    });
    engine_options o;
    o.endpoint = "http://127.0.0.1:" + std::to_string(proxy.port());
    o.credentials.token = "s3cret";
    o.proxy_timeout = 60s;

    host = "127.0.0.2";             // the same machine, but another host
    auto const foreign = fetch(o);  // fails immediately: a server without a map is not asked for one again
    CHECK(foreign.failed == 20);
    REQUIRE(foreign.fault);
    CHECK(foreign.fault->code == errc::bad_redirect);
    {
        std::lock_guard held(lock);
        CHECK(asked_of_target.empty());
        CHECK(asked_of_proxy.find("Authorization: Bearer s3cret") != std::string::npos);
    }

    host = "127.0.0.1";
    CHECK(fetch(o, no_retry).failed == 20);
    std::lock_guard held(lock);
    CHECK(asked_of_target.find("/v1/ml/moss/b/x/w/1") != std::string::npos);
    CHECK(asked_of_target.find("s3cret") == std::string::npos);
}
