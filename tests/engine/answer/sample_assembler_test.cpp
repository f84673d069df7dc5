#include "one_answer.hpp"

#include <aisle/codec/tar/tar_reader.hpp>
#include <aisle/codec/tar/tar_writer.hpp>
#include <aisle/codec/zip/zip_writer.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

using namespace aisle;
using test::reading_options;

namespace {

struct member {
    std::string name;
    std::string content;
};

std::string tar_of(std::vector<member> const& members) {
    std::string tar;
    for (auto const& m : members) {
        REQUIRE(codec::append_tar_header(tar, m.name, m.content.size()));
        tar += m.content;
        codec::append_tar_padding(tar, m.content.size());
    }
    codec::append_tar_end(tar);
    return tar;
}

std::shared_ptr<batch const> three_entries() {
    batch b{"ais://b"};
    b.add("one").add("two", {.range = {1, 3}}).add("s.tar", {.archpath = "m"});
    return std::make_shared<batch const>(b);
}

reading_options strictly() {
    reading_options how;
    how.missing = on_missing::fail;
    return how;
}

// What the engine does with an archive in one slab.
struct pool_holder {
    slab_pool pool{1 << 20};
};

struct bench : pool_holder, test::one_answer {
    explicit bench(std::shared_ptr<batch const> of, reading_options how = {})
        : one_answer(std::move(of), 4, with_limit(how), pool_holder::pool) {}

    static reading_options with_limit(reading_options how) {
        if (how.intake.max_sample_bytes == 0) how.intake.max_sample_bytes = 1 << 20;
        return how;
    }

    result<void> run(std::vector<member> const& members, bool whole = true) {
        auto outcome = read(members, whole);
        take();
        if (outcome) end();
        return outcome;
    }

    result<void> read(std::vector<member> const& members, bool whole) {
        auto const tar = tar_of(members);
        slab = pool.acquire(tar.size());
        std::memcpy(slab->data(), tar.data(), tar.size());
        codec::tar_reader reader;
        reader.feed({slab->data(), tar.size()});
        if (whole) reader.finish();
        for (;;) {
            auto const e = reader.next();
            switch (e.kind) {
                case codec::event_kind::entry_begin:
                    if (auto ok = assembler.begin_entry(reader.entry()); !ok) return ok;
                    break;
                case codec::event_kind::entry_data: assembler.data(e.data, slab); break;
                case codec::event_kind::entry_end:
                    if (auto ok = assembler.end_entry(e.take_back, slab); !ok) return ok;
                    break;
                case codec::event_kind::end: return assembler.end_archive();
                case codec::event_kind::need_input: return {};
                case codec::event_kind::error: return reader.failure();
            }
        }
    }

    slab_ref slab;
};

std::string text_of(sample const& s) {
    auto const bytes = s.bytes();
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("members become samples of the entries at their positions, as views of the slab") {
    bench b(three_entries());
    REQUIRE(b.run({{"b/one", "1111"}, {"b/two", "222"}, {"b/s.tar/m", ""}}).has_value());
    REQUIRE(b.samples.size() == 3);
    for (std::uint32_t i = 0; i < 3; ++i) {
        CHECK(b.samples[i].index() == i);
        CHECK(b.samples[i].batch() == 4);
        CHECK(b.samples[i].delivered());
    }
    CHECK(text_of(b.samples[0]) == "1111");
    CHECK(text_of(b.samples[1]) == "222");
    CHECK(b.samples[2].size() == 0);
    CHECK(b.samples[0].bytes().data() > b.slab->data());
    CHECK(b.samples[0].bytes().data() < b.slab->data() + b.slab->capacity());
    CHECK(b.ledger.report().delivered == 3);
    CHECK(b.ledger.report().bytes == 7);
    CHECK(b.samples[2].entry().archpath == "m");
}

TEST_CASE("a placeholder is a missing sample, or a failed one if requested") {
    bench b(three_entries());
    REQUIRE(b.run({{"__404__/b/one", ""}, {"b/two", "222"}, {"__404__/b/s.tar", ""}}).has_value());
    CHECK(b.samples[0].status() == sample_status::missing);
    CHECK(b.samples[0].why().code == errc::missing);
    CHECK(b.samples[0].why().entry == 0);
    CHECK_THROWS_AS(b.samples[0].bytes(), exception);
    CHECK(b.samples[1].delivered());
    CHECK(b.samples[2].status() == sample_status::missing);

    bench strict(three_entries(), strictly());
    REQUIRE(strict.run({{"__404__/b/one", ""}, {"b/two", "222"}, {"b/s.tar/m", "x"}}).has_value());
    CHECK(strict.samples[0].status() == sample_status::failed);
    CHECK(strict.samples[0].why().code == errc::missing);
}

TEST_CASE("a range answered with the whole object fails only that entry") {
    bench b(three_entries());
    REQUIRE(b.run({{"b/one", "1111"}, {"b/two", "the whole object"}, {"b/s.tar/m", "x"}}).has_value());
    CHECK(b.samples[1].status() == sample_status::failed);
    CHECK(b.samples[1].why().code == errc::wrong_size);
    CHECK(b.samples[1].why().entry == 1);
    CHECK(b.samples[2].delivered());
    CHECK(text_of(b.samples[2]) == "x");
}

TEST_CASE("an answer to another request is a fault that names the entry") {
    struct fault {
        std::vector<member> members;
        errc code;
        std::size_t good;
    };
    fault const faults[] = {
        {{{"b/one", "1"}}, errc::short_batch, 1},
        {{}, errc::short_batch, 0},
        {{{"b/two", "222"}, {"b/one", "1"}, {"b/s.tar/m", ""}}, errc::wrong_member, 0},
        {{{"b/one", "1"}, {"b/twoo", "222"}}, errc::wrong_member, 1},
        {{{"b/one", "1"}, {"__404__/b/two", "x"}}, errc::wrong_member, 1},
        {{{"b/one", "1"}, {"", "222"}}, errc::bad_archive, 1},
    };
    for (auto const& f : faults) {
        bench b(three_entries());
        auto const outcome = b.run(f.members);
        REQUIRE(outcome.has_error());
        if (f.code != errc::bad_archive) CHECK(outcome.error().code == f.code);
        CHECK(b.samples.size() == f.good);
        b.end(outcome.error());
        REQUIRE(b.samples.size() == 3);
        for (std::size_t i = f.good; i < 3; ++i) {
            CHECK(b.samples[i].status() == sample_status::failed);
            CHECK(b.samples[i].why().entry == f.good);
            CHECK(b.samples[i].why().batch == 4);
        }
        CHECK(b.answered());
    }
}

TEST_CASE("a member that is not a file is refused with its type") {
    struct {
        codec::entry_type type;
        char const* words;
    } const kinds[] = {{codec::entry_type::link, "is a link"},
                       {codec::entry_type::directory, "is a directory"},
                       {codec::entry_type::other, "is not a regular file"}};
    for (auto const& kind : kinds) {
        bench b(three_entries());
        codec::entry_header header;
        header.name = "b/one";
        header.type = kind.type;
        auto const outcome = b.assembler.begin_entry(header);
        REQUIRE(outcome.has_error());
        CHECK(outcome.error().code == errc::wrong_member);
        CHECK(outcome.error().text.find(kind.words) != std::string::npos);
        CHECK(outcome.error().text.find("expected") == std::string::npos);
    }
}

TEST_CASE("excess members are detected after the last sample") {
    bench b(three_entries());
    auto const outcome = b.run({{"b/one", "1"}, {"b/two", "222"}, {"b/s.tar/m", "x"}, {"b/one", "1"}});
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code == errc::excess_members);
    CHECK(b.samples.size() == 3);
    CHECK(b.answered());
}

TEST_CASE("invalid entries fail in their places, the others are requested") {
    batch mixed{"ais://b"};
    mixed.add("../x").add("one").add("").add("two").add("a//b");
    bench b(std::make_shared<batch const>(mixed));
    CHECK(std::vector<std::uint32_t>(b.assembler.asked().begin(), b.assembler.asked().end()) ==
          std::vector<std::uint32_t>{1, 3});
    REQUIRE(b.run({{"b/one", "1"}, {"b/two", "2"}}).has_value());
    REQUIRE(b.samples.size() == 5);
    for (std::uint32_t i = 0; i < 5; ++i) {
        CHECK(b.samples[i].index() == i);
        CHECK(b.samples[i].delivered() == (i == 1 || i == 3));
        if (!b.samples[i].delivered()) CHECK(b.samples[i].why().code == errc::invalid_entry);
    }
}

TEST_CASE("metadata must agree with request and archive") {
    auto told = [](std::vector<std::pair<std::int64_t, std::string>> sizes) {
        codec::get_batch_metadata m;
        for (auto& [size, words] : sizes) {
            codec::get_batch_out out;
            out.size = size;
            out.err_msg = words;
            m.out.push_back(out);
        }
        return m;
    };
    std::vector<member> const members{{"b/one", "1111"}, {"__404__/b/two", ""}, {"b/s.tar/m", "x"}};

    bench good(three_entries());
    REQUIRE(good.assembler.metadata(told({{4, ""}, {0, "two does not exist"}, {1, ""}})).has_value());
    REQUIRE(good.run(members).has_value());
    CHECK(good.samples[1].why().server_text == "two does not exist");

    CHECK(bench(three_entries()).assembler.metadata(told({})).error().code == errc::metadata_mismatch);
    CHECK(bench(three_entries()).assembler.metadata(told({{4, ""}, {0, "gone"}})).error().code ==
          errc::metadata_mismatch);
    for (auto const& lie : {told({{5, ""}, {0, "gone"}, {1, ""}}), told({{4, ""}, {0, ""}, {1, ""}}),
                            told({{4, "gone"}, {0, "gone"}, {1, ""}}), told({{-1, ""}, {0, "gone"}, {1, ""}})}) {
        bench b(three_entries());
        REQUIRE(b.assembler.metadata(lie).has_value());
        auto const outcome = b.run(members);
        REQUIRE(outcome.has_error());
        CHECK(outcome.error().code == errc::metadata_mismatch);
    }
}

TEST_CASE("a kept sample holds its slab, a detached one does not") {
    bench b(three_entries());
    REQUIRE(b.run({{"b/one", "1111"}, {"b/two", "222"}, {"b/s.tar/m", "x"}}).has_value());
    auto kept = std::move(b.samples[0]);
    auto detached = std::move(b.samples[1]);
    b.samples.clear();
    CHECK(!b.slab->unique());
    detached.detach();
    kept.detach();
    CHECK(b.slab->unique());
    CHECK(text_of(kept) == "1111");
    CHECK(text_of(detached) == "222");
    kept.detach();
    CHECK(text_of(kept) == "1111");
}

namespace {

// A zip as AIStore streams it: sizes follow the payloads.
result<void> run_zip(bench& b, std::string const& zip) {
    b.slab = b.pool.acquire(zip.size());
    std::memcpy(b.slab->data(), zip.data(), zip.size());
    detail::response_decoder decoder({codec::archive_format::zip, {}}, b.pool);
    decoder.feed({b.slab->data(), zip.size()});
    if (auto ok = b.decode(decoder, b.slab); !ok) return ok;
    decoder.finish();
    return b.decode(decoder, b.slab);
}

std::string zip_of(std::vector<member> const& members) {
    std::string out;
    codec::zip_writer writer;
    for (auto const& m : members) {
        REQUIRE(writer.begin_entry(out, m.name, 0));
        writer.data(std::as_bytes(std::span(m.content)));
        out += m.content;
        writer.end_entry(out);
    }
    writer.finish(out);
    return out;
}

std::shared_ptr<batch const> two_objects(std::optional<std::uint64_t> size_of_second = {}) {
    batch b{"ais://b"};
    b.add("one").add("two", {.expected_size = size_of_second}).add("ais://b", "../never-sent");
    return std::make_shared<batch const>(b);
}

}  // namespace

TEST_CASE("a zip member of unknown size is delivered if what follows it is right") {
    bench whole(two_objects());
    REQUIRE(run_zip(whole, zip_of({{"b/one", "1111"}, {"b/two", "222"}})).has_value());
    REQUIRE(whole.samples.size() == 3);
    CHECK(text_of(whole.samples[0]) == "1111");
    CHECK(text_of(whole.samples[1]) == "222");
    CHECK(whole.samples[2].status() == sample_status::failed);

    // What a target sends for a damaged shard: the start of a member, and a clean end after it.
    bench cut(two_objects());
    auto const outcome = run_zip(cut, zip_of({{"b/one", "11"}}));
    REQUIRE(outcome.has_error());
    CHECK(outcome.error().code == errc::short_batch);
    CHECK(cut.samples.empty());
    cut.end(outcome.error());
    REQUIRE(cut.samples.size() == 3);
    for (auto const& s : cut.samples) CHECK(s.status() == sample_status::failed);
    CHECK(cut.samples[0].why().entry == 0);
    CHECK(cut.samples[1].why().entry == 1);
    CHECK(cut.ledger.report().delivered == 0);
}

TEST_CASE("a payload crafted to look like its own end is not delivered") {
    // "two" contains bytes, a matching descriptor, and the local header of a member that was not requested.
    auto const inner = zip_of({{"b/two", "short"}, {"b/more", "x"}});
    auto const after_name = inner.find("short");
    auto const forged = inner.substr(after_name, inner.find("b/more") + 6 - after_name);
    for (std::string const name : {"b/one", "b/two"}) {
        INFO(name);
        bench b(two_objects());
        auto members = std::vector<member>{{"b/one", "1111"}, {"b/two", "222"}};
        members[name == "b/two"].content = forged;
        auto const outcome = run_zip(b, zip_of(members));
        REQUIRE(outcome.has_error());
        for (auto const& s : b.samples) CHECK(text_of(s) == "1111");
    }
    bench knowing(two_objects(forged.size()));
    auto const outcome = run_zip(knowing, zip_of({{"b/one", "1111"}, {"b/two", forged}}));
    REQUIRE(outcome.has_error());  // the reader still ends it too early, and the size shows that
}

namespace {

// A tar answer in pieces of these sizes, the last one for the rest, with chunk lines between; each read returns several
// of them. by_events: as any answer is read, not as a tar is.
std::string log_of(std::string const& tar, std::vector<std::size_t> const& sizes, std::size_t pieces_a_read,
                   bool by_events) {
    constexpr std::size_t line = 8;
    bench b(three_entries());
    b.slab = b.pool.acquire(tar.size() + line * (sizes.size() + 1));
    std::vector<std::span<std::byte>> all;
    auto* to = b.slab->data();
    std::string_view rest = tar;
    for (std::size_t i = 0; !rest.empty(); ++i) {
        auto const now = rest.substr(0, i < sizes.size() ? sizes[i] : rest.size());
        rest.remove_prefix(now.size());
        std::memcpy(to, now.data(), now.size());
        if (!now.empty()) all.emplace_back(to, now.size());
        to += now.size() + line;
    }
    detail::response_decoder decoder({codec::archive_format::tar, {}}, b.pool);
    result<void> ok;
    for (std::size_t at = 0; at < all.size() && ok; at += pieces_a_read) {
        auto const read = std::span(all).subspan(at, std::min(pieces_a_read, all.size() - at));
        if (!by_events) {
            ok = b.decode(decoder, std::vector<std::span<std::byte>>(read.begin(), read.end()), b.slab);
            continue;
        }
        for (auto piece = read.begin(); piece != read.end() && ok; ++piece) {
            decoder.feed(*piece);
            ok = b.decode(decoder, b.slab);
        }
    }
    decoder.finish();
    if (ok) ok = b.decode(decoder, b.slab);
    if (ok)
        b.end();
    else
        b.end(ok.error());
    std::string out;
    for (auto const& s : b.samples) out += s.delivered() ? text_of(s) + '\n' : s.why().message() + '\n';
    return out + (ok ? "well" : ok.error().message());
}

}  // namespace

TEST_CASE("a tar answer gives the same samples and errors however it is cut and read") {
    std::string const large(3'000, 'm');
    auto good = tar_of({{"b/one", "1111"}, {"b/two", "222"}, {"b/s.tar/m", large}});
    auto damaged = good;
    damaged[1024 + 5] ^= 1;
    for (auto const& tar :
         {good, damaged, good.substr(0, 2'000), good + "x", tar_of({{"b/one", ""}, {"__404__/b/two", ""}}),
          tar_of({{"__404__/b/one", "x"}}), tar_of({{"b/two", "222"}}),
          tar_of({{"b/one", "1"}, {"b/two", "22"}, {"b/s.tar/m", "3"}, {"b/more", ""}})}) {
        auto const expected = log_of(tar, {}, 1, true);
        // Every position near a block's end, and some of the others.
        for (std::size_t cut = 0; cut <= tar.size(); cut += (cut + 12) % 512 < 24 ? 1 : 41)
            for (bool const by_events : {false, true})
                for (std::size_t const pieces : {1, 2}) {
                    INFO("cut at " << cut << " of " << tar.size() << ", " << pieces << " a read");
                    REQUIRE(log_of(tar, {cut}, pieces, by_events) == expected);
                }
        for (std::size_t const step : {1, 7, 511, 512, 513})
            for (std::size_t const pieces : {1, 3, 10'000})
                REQUIRE(log_of(tar, std::vector<std::size_t>(tar.size() / step, step), pieces, false) == expected);
    }
}
