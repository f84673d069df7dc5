// Every format and mode against the playground: real sockets, checked contents, faults in each.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace aisle;
using namespace aisle::test;

namespace {

struct wire_form {
    std::string format;
    bool streaming;
};

std::vector<wire_form> wire_forms() {
    std::vector<wire_form> out;
    for (auto const* format : {".tar", ".tgz", ".tar.gz", ".zip", ".tar.lz4", ".tar.zst"})
        for (bool const streaming : {true, false}) out.push_back({format, streaming});
    return out;
}

stream_options options_for(wire_form const& form) {
    auto how = once_each();
    how.output_format = form.format;
    how.streaming_get = form.streaming;
    return how;
}

struct seen {
    std::string letters;  // one per sample: its status
    std::vector<errc> codes;
    std::optional<error> fault;
};

seen fetch(cluster& c, wire_form const& form, batch const& what) {
    engine e(c.for_engine());
    seen out;
    std::uint32_t next = 0;
    auto const total = e.stream(what, options_for(form), [&](sample s) {
        REQUIRE(s.index() == next++);
        out.letters += to_string(s.status())[0];
        if (s.delivered())
            REQUIRE(is_right(s));
        else
            out.codes.push_back(static_cast<errc>(s.why().code.value()));
    });
    REQUIRE(total.has_value());
    out.fault = total->fault;
    return out;
}

}  // namespace

TEST_CASE("samples arrive right, once and in order in every format and mode") {
    for (auto const& form : wire_forms()) {
        for (auto const& [size, per_batch, batches] :
             {std::tuple{0u, 20u, 5u}, {700u, 100u, 20u}, {10'240u, 64u, 20u}, {1'500'000u, 4u, 3u}}) {
            INFO(form.format << (form.streaming ? " streamed, " : " in parts, ") << size << " bytes");
            cluster c(per_batch * batches, size);
            engine e(c.for_engine());
            auto how = options_for(form);
            how.in_flight = 6;
            std::string arrived;
            how.on_batch_end = [&](batch_report const& r) { arrived = r.output_format; };
            std::uint64_t next = 0;
            std::uint64_t wrong = 0;
            auto const total = e.stream(made_up_batches(batches, per_batch), how, [&](sample s) {
                wrong += s.batch() != next / per_batch || s.index() != next % per_batch || !is_right(s);
                ++next;
            });
            REQUIRE(total.has_value());
            if (total->fault) FAIL(total->fault->message());
            CHECK(wrong == 0);
            CHECK(next == per_batch * batches);
            CHECK(arrived == (form.format == ".tar.gz" ? ".tgz" : form.format));
        }
    }
}

TEST_CASE("samples of compressed answers can be kept, and do not change") {
    for (auto const* format : {".tgz", ".zip", ".tar.lz4", ".tar.zst"}) {
        cluster c(400, 20'000);
        engine e(c.for_engine());
        std::vector<sample> kept;
        auto const total = e.stream(made_up_batches(8, 50), options_for({format, true}), [&](sample s) {
            if (s.index() % 7 == 0) kept.push_back(std::move(s));
        });
        REQUIRE(total.has_value());
        INFO(format);
        for (auto const& s : kept) REQUIRE(is_right(s));
    }
}

TEST_CASE("a format that the server does not support arrives as plain tar, and the report says so") {
    playground::server_options options;
    options.zstd_output = false;
    cluster c(10, 5'000, options);
    engine e(c.for_engine());
    for (bool const streaming : {true, false}) {
        auto how = options_for({".tar.zst", streaming});
        std::string arrived;
        how.on_batch_end = [&](batch_report const& r) { arrived = r.output_format; };
        std::uint32_t right = 0;
        auto const total = e.stream(made_up(0, 10), how, [&](sample s) { right += is_right(s); });
        REQUIRE(total.has_value());
        CHECK(right == 10);
        CHECK(arrived == ".tar");
    }
}

TEST_CASE("missing entries and ranges keep their positions in every format and mode") {
    cluster c(100, 10'000);
    for (auto const& form : wire_forms()) {
        INFO(form.format << form.streaming);
        batch b{"ais://synthetic"};
        b.add(playground::synthetic_name(1), {.range = {100, 5'000}}).add("not-there");
        b.add(playground::synthetic_name(2), {.opaque = std::string("\0\1", 2), .range = {9'000, -1}});
        b.add("not-there-either").add(playground::synthetic_name(3)).add(playground::synthetic_name(3));
        auto const got = fetch(c, form, b);
        CHECK(!got.fault);
        CHECK(got.letters == "dmdmdd");
    }
}

TEST_CASE("an answer to another request is detected in every format and mode") {
    struct expectation {
        std::string fault;
        std::string letters;         // of a stream; of a multipart answer all may fail instead
        std::string letters_of_zip;  // a member of unknown size is delivered if what follows it is right
    };
    expectation const all[] = {
        {"short@3", "dddfff", "ddffff"},
        {"empty-archive", "ffffff", "ffffff"},
        {"empty-body", "ffffff", "ffffff"},
        {"wrong-name@2", "ddffff", "dfffff"},
        {"swapped@1", "dfffff", "ffffff"},
        {"excess", "dddddd", "dddddf"},
        {"cut@4", "ddddff", "ddddff"},
        {"no-final-chunk", "dddddd", "dddddd"},
        {"wrong-type", "ffffff", "ffffff"},
        {"placeholder-other@2", "ddffff", "dfffff"},
        {"placeholder-full@2", "ddffff", "ddffff"},
    };
    cluster c(6, 10'240);
    for (auto const& form : wire_forms()) {
        for (auto const& expected : all) {
            INFO(form.format << (form.streaming ? " streamed, " : " in parts, ") << expected.fault);
            c.spoil(expected.fault);
            auto const got = fetch(c, form, made_up(0, 6));
            if (form.streaming)
                CHECK(got.letters == (form.format == ".zip" ? expected.letters_of_zip : expected.letters));
            REQUIRE(got.letters.size() == 6);
            REQUIRE(got.fault);
        }
    }
}

TEST_CASE("a valid zip with truncated data is detected if a size is expected") {
    cluster c(6, 10'240);
    c.spoil("cut@5");
    auto what = [](bool knowing) {
        batch b{"ais://synthetic"};
        for (std::uint64_t i = 0; i < 6; ++i) {
            entry_options o;
            if (knowing) o.expected_size = 10'240;
            b.add(playground::synthetic_name(i), o);
        }
        return b;
    };
    auto const got = fetch(c, {".zip", true}, what(true));
    CHECK(got.letters == "dddddf");
    REQUIRE(got.codes.size() == 1);
    CHECK(got.codes[0] == errc::wrong_size);
}
