#include "sweep.hpp"

#include "relay_fixture.hpp"

#include <aisle/codec/base64.hpp>
#include <aisle/codec/checksum/checksum.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <support/soon.hpp>
#include <vector>

namespace aisle::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t object_bytes = 24;

// A damaged length makes an answer wait for bytes that never arrive. Other answers must not be given up before their
// fault.
#ifdef NDEBUG
constexpr auto patience = 2s;
#else
constexpr auto patience = 10s;
#endif

// The opaque bytes of entries: their batch's number, so that a request identifies its batch, while all answers are
// equally long.
std::string label(std::uint64_t number) {
    char text[16];
    std::snprintf(text, sizeof text, "%09llu", static_cast<unsigned long long>(number));
    return text;
}

std::uint64_t batch_of(std::string_view json) {
    constexpr std::string_view key = "\"opaque\":\"";
    auto const at = json.find(key);
    if (at == std::string_view::npos) return 0;
    auto const bytes = codec::decode_base64(json.substr(at + key.size(), 12));
    std::uint64_t number = 0;
    if (bytes) {
        auto const* const text = reinterpret_cast<char const*>(bytes->data());
        std::from_chars(text, text + bytes->size(), number);
    }
    return number;
}

struct entries {
    explicit entries(bool with_checksums) {
        if (with_checksums) size = object_bytes;
        for (std::uint64_t i = 0; i < sweep_entries; ++i) {
            std::vector<std::byte> bytes(object_bytes);
            playground::fill_synthetic(i, 0, bytes);
            codec::hasher hash(codec::checksum_type::xxhash);
            hash.update(bytes);
            checksums.push_back(with_checksums ? "xxhash2:" + hash.finish() : "");
        }
    }
    batch numbered(std::uint64_t number) const {
        batch b{"ais://synthetic"};
        for (std::uint64_t i = 0; i < sweep_entries; ++i)
            b.add(playground::synthetic_name(i),
                  {.opaque = label(number), .expected_size = size, .expected_checksum = checksums[i]});
        return b;
    }
    std::vector<std::string> checksums;
    std::optional<std::uint64_t> size;
};

stream_options asked(sweep const& what) {
    stream_options o{.in_flight = 64, .output_format = what.format, .streaming_get = what.streamed};
    o.send_opaque = true;
    // Every answer must meet its fault: none is cancelled because another was faster.
    o.hedging = false;
    // The test is whether it recovers, not how long it waits.
    o.retry.first_wait = 1ms;
    o.retry.longest_wait = 20ms;
    return o;
}

playground::server_options one_target() {
    // The times of an archive's members depend on the answering target: one target, one answer.
    playground::server_options o;
    o.targets = 1;
    return o;
}

// Fetches a batch with one request, and waits until all answers have passed the relay.
faults::relay_stats fetch_one(relayed_cluster& c, engine& e, sweep const& what) {
    auto how = asked(what);
    how.retry = no_retry;
    auto stream = e.open({entries(what.with_checksums).numbered(0)}, how);
    auto const total = stream.finish();
    REQUIRE(total.has_value());
    REQUIRE(total->delivered == sweep_entries);
    // The stream stays open: its end would cut what is left of the answer.
    faults::relay_stats seen;
    REQUIRE(soon([&] {
        seen = c.relay.stats();
        return seen.answers == seen.requests;
    }));
    return seen;
}

// Size in bytes of the target's answer to one batch.
std::uint64_t measure(relayed_cluster& c, sweep const& what) {
    auto options = c.for_engine();
    options.shards = 1;
    engine e(options);
    fetch_one(c, e, what);  // an engine's first request also fetches the cluster map
    auto const before = std::make_shared<std::atomic<std::uint64_t>>(0);
    c.relay.set_plan({.on_request = [before, &c](faults::exchange const& x) {
        if (x.redirected) *before = c.relay.stats().bytes;
        return faults::fault{};
    }});
    return fetch_one(c, e, what).bytes - *before;
}

using happened = std::vector<std::atomic<bool>>;

// Spoils every answer to a batch until its fault has happened.
faults::plan spoiling(sweep const& what, std::shared_ptr<happened> met) {
    return {.on_request = [met, fault_at = what.fault_at, step = what.step](faults::exchange const& x) {
        auto const number = x.redirected ? batch_of(x.body) : 0;
        if (!x.redirected || x.body.empty() || number >= met->size() || (*met)[number]) return faults::fault{};
        auto out = fault_at(number * step);
        out.on_happened = [met, number] { (*met)[number] = true; };
        return out;
    }};
}

// Fetches these batches.
void fetch(engine& e, sweep const& what, std::vector<std::uint64_t> const& numbers, sweep_outcome& out) {
    entries const all(what.with_checksums);
    std::uint64_t next_batch = 0;
    std::uint64_t next = 0;
    auto const source = [&]() -> std::optional<batch> {
        if (next_batch == numbers.size()) return std::nullopt;
        return all.numbered(numbers[next_batch++]);
    };
    auto const total = e.stream(source, asked(what), [&](sample s) {
        auto const in_turn = s.batch() == next / sweep_entries && s.index() == next % sweep_entries;
        ++next;
        if (in_turn && is_right(s)) {
            ++out.right;
            return;
        }
        if (out.other++ > 0) return;
        out.first_other = "batch " + std::to_string(s.batch()) + " index " + std::to_string(s.index()) + ": " +
                          std::string(to_string(s.status())) + (in_turn ? "" : ", out of order") +
                          (s.delivered() ? "" : ", " + s.why().message());
    });
    REQUIRE(total.has_value());
    // A fault may lie after the last sample: until here the answers are read to their ends.
    REQUIRE(soon([&] { return e.stats().batches_in_flight == 0; }));
    out.batches += numbers.size();
    out.delivered += total->delivered;
    out.failed += total->failed;
}

}  // namespace

std::uint64_t sweep_step(std::uint64_t optimised) {
    if (auto const* const said = std::getenv("AISLE_SWEEP_STEP"))
        return std::max(1ull, std::strtoull(said, nullptr, 10));
#ifdef NDEBUG
    return optimised;
#else
    return optimised * 101;
#endif
}

sweep_outcome run(sweep const& what) {
    relayed_cluster c(sweep_entries, object_bytes, one_target());
    auto options = c.for_engine();
    options.idle_timeout = options.first_byte_timeout = patience;
    options.shards = 1;
    engine e(options);

    sweep_outcome out;
    out.answer_bytes = measure(c, what);
    bool const varies = what.format != ".tar" && what.format != ".zip";
    // Positions that no answer lacks.
    auto const certain = (out.answer_bytes - (varies ? sweep_margin : 0) + what.step - 1) / what.step;
    auto const met = std::make_shared<happened>((out.answer_bytes + sweep_margin) / what.step + 1);
    c.relay.set_plan(spoiling(what, met));

    std::vector<std::uint64_t> numbers(met->size());
    std::iota(numbers.begin(), numbers.end(), 0);
    constexpr int most_rounds = 20;
    for (int round = 0; round < most_rounds && !numbers.empty(); ++round) {
        fetch(e, what, numbers, out);
        std::erase_if(numbers, [&](auto n) { return n >= certain || (*met)[n]; });
    }
    out.spoilt = static_cast<std::uint64_t>(std::count(met->begin(), met->end(), true));
    out.unspoilt = numbers.size();
    out.stats = e.stats();
    return out;
}

}  // namespace aisle::test
