// How the C API reports failures.
#include "error.hpp"
#include "served.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <new>
#include <stdexcept>
#include <string>

using namespace aisle;
using namespace aisle::test;

TEST_CASE("every code of aisle::errc has a status of its kind") {
    for (int code = 1; code <= static_cast<int>(errc::callback_failed); ++code) {
        auto const status = capi::status_of(error(static_cast<errc>(code), stage::usage));
        INFO("errc " << code);
        CHECK(status > AISLE_NOT_READY);
        CHECK(status != AISLE_SYSTEM_ERROR);
    }
}

TEST_CASE("the status of an operating system error depends on its stage") {
    auto const refused = boost::system::errc::make_error_code(boost::system::errc::connection_refused);
    auto const full = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
    CHECK(capi::status_of(error(refused, stage::connect)) == AISLE_UNREACHABLE);
    CHECK(capi::status_of(error(refused, stage::usage)) == AISLE_SYSTEM_ERROR);
    CHECK(capi::status_of(error(full, stage::connect)) == AISLE_NO_MEMORY);
}

TEST_CASE("every exception becomes a status and an error") {
    auto const thrown = [](auto what) {
        aisle_error* made = nullptr;
        auto const status = capi::guarded(&made, [&]() -> aisle_status { throw what; });
        held_error const why(made);
        CHECK(aisle_error_status(why.get()) == status);
        CHECK(std::string(aisle_error_message(why.get())) != "");
        CHECK(capi::guarded(nullptr, [&]() -> aisle_status { throw what; }) == status);
        return status;
    };
    CHECK(thrown(aisle::exception(error(errc::short_batch, stage::archive, "two are not there"))) == AISLE_BAD_ANSWER);
    CHECK(thrown(std::bad_alloc()) == AISLE_NO_MEMORY);
    CHECK(thrown(std::system_error(EMFILE, std::generic_category(), "eventfd")) == AISLE_SYSTEM_ERROR);
    CHECK(thrown(std::runtime_error("no batch")) == AISLE_CALLBACK_FAILED);
    CHECK(thrown(42) == AISLE_CALLBACK_FAILED);
}

TEST_CASE("an error has the engine's text and the server's text") {
    served s;
    auto const bucket = s.bucket("ais://nowhere");
    aisle_object* object = nullptr;
    aisle_error* made = nullptr;
    CHECK(aisle_bucket_get(bucket.get(), "x", nullptr, &object, &made) == AISLE_REFUSED);
    held_error const why(made);
    REQUIRE(why);
    CHECK(object == nullptr);
    CHECK(aisle_error_status(made) == AISLE_REFUSED);
    CHECK(aisle_error_name(made) == std::string("server_error"));
    CHECK(aisle_error_http_status(made) == 404);
    CHECK(aisle_error_server_code(made) == std::string("ErrBckNotFound"));
    CHECK(aisle_error_server_text(made) != std::string());
    CHECK(std::string(aisle_error_message(made)).find("nowhere") != std::string::npos);
    CHECK(aisle_error_is_retryable(made) == 0);
}

TEST_CASE("NULL for a required argument is an invalid argument; functions that free accept NULL") {
    aisle_error* made = nullptr;
    aisle_stream* stream = nullptr;
    CHECK(aisle_stream_get(nullptr, nullptr, nullptr, &stream, &made) == AISLE_INVALID_ARGUMENT);
    held_error const why(made);
    CHECK(std::string(aisle_error_message(made)).find("engine is NULL") != std::string::npos);
    CHECK(aisle_engine_new(nullptr, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(aisle_batch_new("ais://b", nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(aisle_stream_next(nullptr, 0, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(aisle_feed_submit(nullptr, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(aisle_block_sample(nullptr, 0, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(aisle_bucket_list(nullptr, nullptr, nullptr, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(aisle_listing_next(nullptr, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(aisle_block_size(nullptr) == 0);
    CHECK(aisle_feed_room(nullptr) == 0);
    CHECK(aisle_block_error(nullptr, 0) == nullptr);
    aisle_stream_cancel(nullptr);
    aisle_stream_input_ready(nullptr);
    aisle_feed_end_input(nullptr);
    aisle_run_cancel(nullptr);
    for (auto* f :
         {+[] { aisle_engine_free(nullptr); }, +[] { aisle_batch_free(nullptr); }, +[] { aisle_stream_free(nullptr); },
          +[] { aisle_block_free(nullptr); }, +[] { aisle_sample_free(nullptr); }, +[] { aisle_bucket_free(nullptr); },
          +[] { aisle_object_free(nullptr); }, +[] { aisle_listing_free(nullptr); }, +[] { aisle_run_free(nullptr); },
          +[] { aisle_error_free(nullptr); }})
        f();
}

namespace {

struct observed {
    int destroyed = 0;
    std::promise<aisle_status> done;
};

aisle_status fails(void*, aisle_batch*) {
    return AISLE_SYSTEM_ERROR;
}
aisle_status throws(void*, aisle_batch*) {
    throw std::runtime_error("no batch");
}
aisle_status first_ten(void* user, aisle_batch* batch) {
    auto& calls = *static_cast<int*>(user);
    if (calls++ > 0) return AISLE_END;
    aisle_status status = AISLE_OK;
    for (std::uint64_t i = 0; i < 10 && status == AISLE_OK; ++i)
        status = served::add(batch, playground::synthetic_name(i), i);
    return status;
}
void destroyed(void* user) {
    ++static_cast<observed*>(user)->destroyed;
}

}  // namespace

TEST_CASE("a source that fails or throws ends its stream and is destroyed once") {
    served s;
    for (auto const next : {fails, throws}) {
        observed t;
        aisle_source source{sizeof(aisle_source), "ais://synthetic", next, destroyed, &t};
        aisle_stream* made = nullptr;
        REQUIRE(aisle_stream_open(s.engine.get(), &source, nullptr, &made, nullptr) == AISLE_OK);
        held_stream const stream(made);
        CHECK(!test::next(made));
        held_error why;
        aisle_error* error = nullptr;
        CHECK(aisle_stream_finish(made, nullptr, &error) == AISLE_CALLBACK_FAILED);
        why.reset(error);
        CHECK(aisle_error_status(error) == AISLE_CALLBACK_FAILED);
        CHECK(t.destroyed == 1);
    }
}

TEST_CASE("a source is also destroyed if its stream cannot be opened") {
    served s;
    observed t;
    aisle_source source{sizeof(aisle_source), nullptr, fails, destroyed, &t};
    aisle_stream_options options{};
    options.size = sizeof options;
    options.in_flight = 1'000'000;
    aisle_stream* made = nullptr;
    CHECK(aisle_stream_open(s.engine.get(), &source, &options, &made, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(t.destroyed == 1);
    CHECK(aisle_stream_open(nullptr, &source, nullptr, &made, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(t.destroyed == 2);
    CHECK(aisle_stream_open(s.engine.get(), &source, nullptr, nullptr, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(t.destroyed == 3);
    source.next = nullptr;
    CHECK(aisle_stream_open(s.engine.get(), &source, nullptr, &made, nullptr) == AISLE_INVALID_ARGUMENT);
    CHECK(t.destroyed == 4);
}

TEST_CASE("a sink that fails ends its stream, and `done` gets the error") {
    served s;
    int calls = 0;
    observed t;
    aisle_source source{sizeof(aisle_source), "ais://synthetic", first_ten, nullptr, &calls};
    aisle_sink sink{};
    sink.size = sizeof sink;
    sink.take = [](void*, aisle_block* block) {
        aisle_block_free(block);
        return AISLE_NO_MEMORY;
    };
    sink.done = [](void* user, aisle_summary const* summary, aisle_error const* fault, aisle_error const* error) {
        bool const right = summary && summary->size == sizeof *summary && !fault;
        static_cast<observed*>(user)->done.set_value(right ? aisle_error_status(error) : AISLE_OK);
    };
    sink.user = &t;
    aisle_run* run = nullptr;
    REQUIRE(aisle_stream_start(s.engine.get(), &source, nullptr, &sink, &run, nullptr) == AISLE_OK);
    CHECK(t.done.get_future().get() == AISLE_CALLBACK_FAILED);
    aisle_run_cancel(run);  // has no effect: the run has ended
    aisle_run_free(run);
}
