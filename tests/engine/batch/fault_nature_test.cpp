#include <catch2/catch.hpp>

#include <batch/fault.hpp>
#include <request/answer_text.hpp>
#include <string>

using namespace aisle;
using namespace std::chrono_literals;
using detail::backoff;
using detail::fault_nature;
using detail::nature_of;
using detail::says_not_found;

namespace {

error answered(int status, std::string words, std::string code = {}) {
    error e{errc::server_error, stage::response, ""};
    e.http_status = status;
    e.server_text = std::move(words);
    e.server_code = std::move(code);
    return e;
}

fault_nature of(error const& e) {
    return nature_of(e, false);
}

fault_nature of(errc code, stage where = stage::response) {
    return of(error{code, where, ""});
}

}  // namespace

TEST_CASE("faults that a retry may mend are retryable, others are not") {
    for (auto const code :
         {errc::resolve_failed,     errc::connect_failed, errc::connect_timeout,    errc::connection_lost,
          errc::first_byte_timeout, errc::idle_timeout,   errc::truncated_body,     errc::bad_http,
          errc::unframed_body,      errc::trailing_data,  errc::too_many_redirects, errc::map_unavailable,
          errc::short_batch,        errc::excess_members, errc::wrong_member,       errc::wrong_checksum,
          errc::wrong_size,         errc::bad_archive,    errc::truncated_archive,  errc::truncated_multipart,
          errc::metadata_mismatch,  errc::bad_metadata})
        CHECK(is_retryable({code, stage::response}));
    for (auto const code : {errc::cancelled, errc::deadline_exceeded, errc::invalid_argument, errc::invalid_entry,
                            errc::invalid_endpoint, errc::tls_failed, errc::missing, errc::callback_failed,
                            errc::no_such_checksum, errc::bad_redirect, errc::content_encoding})
        CHECK_FALSE(is_retryable({code, stage::response}));
    CHECK_FALSE(is_retryable({errc::unsupported, stage::usage}));
    CHECK_FALSE(is_retryable({errc::limit_exceeded, stage::payload}));
    CHECK_FALSE(is_retryable({}));
    for (int const status : {408, 409, 429, 500, 502, 503, 504}) CHECK(is_retryable(answered(status, "")));
    for (int const status : {401, 403, 404, 405, 410, 416}) CHECK_FALSE(is_retryable(answered(status, "")));
    CHECK(is_retryable(answered(400, "remote target aborted xaction")));
    CHECK_FALSE(is_retryable(answered(400, "range not satisfiable")));
    using boost::system::errc::make_error_code;
    CHECK(is_retryable({make_error_code(boost::system::errc::connection_reset), stage::response}));
    CHECK(is_retryable({make_error_code(boost::system::errc::not_enough_memory), stage::response}));
    CHECK(is_retryable({make_error_code(boost::system::errc::too_many_files_open), stage::connect}));
}

TEST_CASE("of an answer's faults, exactly those that the engine itself retries are retryable") {
    for (int code = 1; code <= static_cast<int>(errc::callback_failed); ++code) {
        error const e{static_cast<errc>(code), stage::response, ""};
        if (e.code == errc::missing || e.code == errc::callback_failed) continue;
        auto const nature = of(e);
        bool const ends = nature == fault_nature::final || nature == fault_nature::entry ||
                          nature == fault_nature::bucket || nature == fault_nature::cancelled;
        CAPTURE(e.message());
        CHECK(is_retryable(e) == !ends);
    }
}

TEST_CASE("a connection fault is never an entry's, whatever was requested") {
    for (auto const code : {errc::resolve_failed, errc::connect_failed, errc::connect_timeout, errc::connection_lost,
                            errc::first_byte_timeout, errc::idle_timeout, errc::truncated_body, errc::bad_http,
                            errc::unframed_body, errc::trailing_data, errc::too_many_redirects})
        for (bool const plain : {false, true})
            CHECK(nature_of(error{code, stage::response, ""}, plain) == fault_nature::link);
    auto const reset = boost::system::errc::make_error_code(boost::system::errc::connection_reset);
    CHECK(of(error{reset, stage::response, ""}) == fault_nature::link);
}

TEST_CASE("a proxy's 400 about its peers is the cluster's fault, one about the request is an entry's") {
    for (auto const* words :
         {"remote target aborted xaction", "failed to call t[a]", "dial tcp: connection refused", "i/o timeout",
          "Post \"http://..\": context deadline exceeded", "cannot handle bucket request: Smap v0",
          "cluster is starting up", "different Smap version"})
        CHECK(of(answered(400, words, "Error")) == fault_nature::cluster);
    CHECK(of(answered(400, "no storage targets in the cluster", "ErrNoNodes")) == fault_nature::cluster);
    CHECK(of(answered(400, "range not satisfiable", "ErrRangeNotSatisfiable")) == fault_nature::entry);
    CHECK(of(answered(400, "too many holes", "errHole")) == fault_nature::answer);
    CHECK(of(answered(400, "unknown mime type", "errUnknownMime")) == fault_nature::final);
}

TEST_CASE("a temporary status is the cluster's fault or its load's") {
    for (int const status : {408, 409, 502, 504}) CHECK(of(answered(status, "")) == fault_nature::cluster);
    CHECK(of(answered(429, "rejected: pending=256")) == fault_nature::busy);
    CHECK(of(answered(503, "")) == fault_nature::busy);
    CHECK(of(answered(503, "not ready yet")) == fault_nature::cluster);
    CHECK(of(answered(503, "cluster is starting up")) == fault_nature::cluster);
    CHECK(of(error{errc::map_unavailable, stage::redirect, ""}) == fault_nature::cluster);
}

TEST_CASE("a used redirect is the cluster's fault, a 404 of an object is its entry's") {
    auto const used = answered(404, "wid=\"x\" (prep-rx not done?) does not exist", "ErrNotFound");
    CHECK(nature_of(used, false) == fault_nature::cluster);
    CHECK(nature_of(used, true) == fault_nature::entry);
    CHECK(of(answered(404, "a/b does not exist", "ErrNotFound")) == fault_nature::entry);
    CHECK(of(answered(416, "not satisfiable range [5-9]")) == fault_nature::entry);
}

TEST_CASE("a refused bucket is a bucket fault") {
    CHECK(of(answered(404, "bucket \"ais://x\" does not exist", "ErrBckNotFound")) == fault_nature::bucket);
    CHECK(of(answered(404, "", "ErrRemoteBckNotFound")) == fault_nature::bucket);
    CHECK(of(answered(403, "")) == fault_nature::bucket);
}

TEST_CASE("a status of an unknown class may be a damaged byte's") {
    for (int const status : {0, 202, 300, 500, 501, 600}) CHECK(of(answered(status, "")) == fault_nature::answer);
    // AIStore never answers a plain GET with these.
    for (int const status : {402, 405, 406, 424, 444})
        CHECK(nature_of(answered(status, "a/b does not exist"), true) == fault_nature::answer);
    CHECK(nature_of(error{errc::bad_redirect, stage::redirect, ""}, true) == fault_nature::answer);
    // A request may be too large for a gateway, while halves of it are not.
    CHECK(of(answered(413, "")) == fault_nature::entry);
}

TEST_CASE("an answer that ends early is evidence; a sample with wrong bytes is that sample's fault") {
    for (auto const code : {errc::short_batch, errc::wrong_member, errc::bad_archive, errc::truncated_archive})
        CHECK(of(code, stage::assemble) == fault_nature::answer);
    CHECK(of(errc::wrong_checksum) == fault_nature::bytes);
    CHECK(of(errc::wrong_size) == fault_nature::bytes);
    CHECK(of(errc::bad_archive, stage::payload) == fault_nature::bytes);
}

TEST_CASE("an answer that needs an unsupported feature may be damaged") {
    for (auto const code : {errc::unsupported, errc::limit_exceeded}) {
        CHECK(of(code, stage::archive) == fault_nature::answer);
        CHECK(of(code, stage::usage) == fault_nature::final);
    }
}

TEST_CASE("a request that was never valid is not repeated") {
    for (auto const code : {errc::invalid_argument, errc::invalid_entry, errc::invalid_endpoint,
                            errc::deadline_exceeded, errc::tls_failed, errc::bad_redirect})
        CHECK(of(code) == fault_nature::final);
    CHECK(of(answered(401, "token required")) == fault_nature::final);
    CHECK(of(answered(405, "")) == fault_nature::final);
    CHECK(of(errc::cancelled) == fault_nature::cancelled);
    auto const memory = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
    CHECK(of(error{memory, stage::response, ""}) == fault_nature::memory);
}

TEST_CASE("only a message that reports not found means that the entry does not exist") {
    for (auto const* words : {"", "ais://b/x does not exist", "object not found", "no such file or directory"})
        CHECK(says_not_found(words));
    for (auto const* words : {"unrecognized file format", "hole", "range not satisfiable",
                              "mountpath /mnt/disk1 does not exist", "failed to read"})
        CHECK_FALSE(says_not_found(words));
}

TEST_CASE("waits grow with the attempts, are random, and are capped") {
    retry_options o;
    o.first_wait = 100ms;
    o.longest_wait = 1000ms;
    CHECK(backoff(o, 0, 0.5, {}) == 50ms);
    CHECK(backoff(o, 1, 0, {}) == 0ms);
    CHECK(backoff(o, 1, 0.5, {}) == 50ms);
    CHECK(backoff(o, 2, 0.5, {}) == 100ms);
    CHECK(backoff(o, 3, 0.5, {}) == 200ms);
    CHECK(backoff(o, 5, 0.5, {}) == 500ms);
    CHECK(backoff(o, 90, 0.5, {}) == 500ms);
    CHECK(backoff(o, UINT_MAX, 0.999, {}) < 1000ms);
}

TEST_CASE("a backoff is at least the server's Retry-After") {
    CHECK(backoff({}, 1, 0.5, 7000ms) == 7000ms);
    CHECK(backoff({}, 1, 0.5, 1ms) == 50ms);
}

TEST_CASE("a lack of file descriptors is mended by fewer requests at once") {
    auto const code = boost::system::errc::make_error_code(boost::system::errc::too_many_files_open);
    for (bool const plain : {false, true})
        CHECK(nature_of(error{code, stage::connect, ""}, plain) == fault_nature::busy);
}

TEST_CASE("a body that is not text is not reported as the server's message") {
    std::string node;
    auto const words = detail::answer_error(502, "bad gateway\r\n", "t1:80", node);
    CHECK(words.server_text == "bad gateway\r\n");
    auto const tar = detail::answer_error(206, std::string("b/a\0\0\0", 6), "t1:80", node);
    CHECK(tar.server_text.empty());
    CHECK(tar.http_status == 206);
    CHECK(tar.text == "unexpected status, reported by t1:80; its body is not text");
}
