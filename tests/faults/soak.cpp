#include "soak.hpp"

#include <aisle/async.hpp>
#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/playground/synthetic.hpp>

#include <boost/asio/use_future.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <unistd.h>

namespace aisle::test {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 6> formats{".tar", ".zip", ".tar", ".tgz", ".tar.lz4", ".tar.zst"};
constexpr std::uint64_t batches_a_stream = 40;
constexpr std::string_view nothing = "there-is-no-such-object";

/// Draws entries whose correct answer follows from the entry alone.
class entry_maker {
public:
    explicit entry_maker(std::uint64_t seed) : random_(seed) {}

    batch next_batch() {
        batch b{"ais://synthetic"};
        auto const size = 1 + below(100);
        // AIStore gives up on a batch with more than eight missing entries.
        auto missing = below(4) == 0 ? 1 + below(4) : 0;
        for (std::uint64_t i = 0; i < size; ++i) {
            if (missing > 0 && below(10) == 0) {
                --missing;
                b.add(nothing);
            } else {
                add_object(b);
            }
        }
        return b;
    }

private:
    std::uint64_t below(std::uint64_t bound) {
        return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
    }

    // With its checksum, because the relay flips bits.
    void add_object(batch& b) {
        auto const index = below(soak_objects);
        byte_range range;
        if (below(4) == 0) {
            range.start = static_cast<std::int64_t>(below(soak_object_bytes));
            range.length =
                static_cast<std::int64_t>(1 + below(soak_object_bytes - static_cast<std::uint64_t>(range.start)));
        }
        std::vector<std::byte> bytes(range.whole() ? soak_object_bytes : static_cast<std::size_t>(range.length));
        playground::fill_synthetic(index, static_cast<std::uint64_t>(range.start), bytes);
        codec::hasher hash(codec::checksum_type::xxhash);
        hash.update(bytes);
        b.add(playground::synthetic_name(index), {.range = range, .expected_checksum = "xxhash2:" + hash.finish()});
    }

    std::mt19937_64 random_;
};

/// Compares one stream's samples with what was requested. add() on one thread at a time.
class checker {
public:
    checker(std::uint64_t seed, soak_tally& tally) : maker_(seed), tally_(tally) {}

    std::optional<batch> next_batch() {
        if (sizes_.size() == batches_a_stream) return std::nullopt;
        auto b = maker_.next_batch();
        sizes_.push_back(b.size());
        asked_ += b.size();
        return b;
    }

    void add(sample const& s) {
        ++answered_;
        if (s.batch() != batch_ || s.index() != index_) {
            ++tally_.out_of_turn;
            tally_.say("out of order: batch " + std::to_string(s.batch()) + " index " + std::to_string(s.index()));
            batch_ = s.batch();
            index_ = s.index();
        }
        check(s);
        if (++index_ == size_of(batch_)) {
            ++batch_;
            index_ = 0;
        }
    }

    void end(result<summary> const& total) {
        ++tally_.streams;
        if (answered_ != asked_) {
            tally_.lost += asked_ > answered_ ? asked_ - answered_ : answered_ - asked_;
            tally_.say("requested " + std::to_string(asked_) + ", answered " + std::to_string(answered_));
        }
        if (!total) {
            ++tally_.failed;
            tally_.say("stream: " + total.error().message());
            return;
        }
        tally_.retries += total->retries;
        tally_.hedges += total->hedges;
    }

private:
    std::uint64_t size_of(std::uint64_t number) { return number < sizes_.size() ? sizes_[number].load() : 0; }

    void check(sample const& s) {
        if (s.status() == sample_status::failed) {
            ++tally_.failed;
            tally_.say("failed: " + s.why().message());
        } else if (s.entry().object == nothing) {
            ++(s.delivered() ? tally_.wrong : tally_.missing);
        } else if (is_right(s)) {
            ++tally_.delivered;
        } else {
            ++tally_.wrong;
            tally_.say("wrong: " + s.entry().object + (s.delivered() ? "" : " is missing: " + s.why().message()));
        }
    }

    static bool is_right(sample const& s) {
        auto const index = playground::synthetic_index(s.entry().object);
        auto const& range = s.entry().range;
        auto const size = range.whole() ? soak_object_bytes : static_cast<std::uint64_t>(range.length);
        return index && s.delivered() && s.size() == size &&
               playground::is_synthetic(*index, static_cast<std::uint64_t>(range.start), s.bytes());
    }

    entry_maker maker_;
    soak_tally& tally_;
    // Written where batches are created, read where their samples arrive.
    struct sizes {
        std::array<std::atomic<std::uint64_t>, batches_a_stream> of{};
        std::atomic<std::uint64_t> count{0};
        std::uint64_t size() const { return count; }
        void push_back(std::uint64_t n) {
            of[count] = n;
            ++count;
        }
        std::atomic<std::uint64_t> const& operator[](std::uint64_t i) const { return of[i]; }
    } sizes_;
    std::atomic<std::uint64_t> asked_{0};
    std::uint64_t answered_ = 0;
    std::uint64_t batch_ = 0;
    std::uint64_t index_ = 0;
};

stream_options options_of_turn(std::uint64_t turn) {
    return {.in_flight = static_cast<unsigned>(turn % 3 == 0 ? 0 : 4 + turn % 9),
            .output_format = std::string(formats[turn % formats.size()]),
            .streaming_get = turn % 4 != 3};
}

void pull(engine& e, checker& c, stream_options how, bool slowly) {
    auto stream = e.open([&] { return c.next_batch(); }, std::move(how));
    std::uint64_t n = 0;
    while (auto const s = stream.next()) {
        c.add(*s);
        if (slowly && ++n % 200 == 0) std::this_thread::sleep_for(50ms);
    }
    c.end(stream.finish());
}

void push(engine& e, checker& c, stream_options how) {
    c.end(e.stream([&] { return c.next_batch(); }, std::move(how), [&](sample s) { c.add(s); }));
}

void call_back(engine& e, checker& c, stream_options how) {
    auto future = async_stream(
        e, [&] { return c.next_batch(); }, std::move(how), [&](sample s) { c.add(s); }, boost::asio::use_future);
    try {
        c.end(future.get());
    } catch (std::exception const& failure) {
        c.end(error{errc::cancelled, stage::usage, failure.what()});
    }
}

}  // namespace

void soak_tally::say(std::string words) {
    std::lock_guard const lock(mutex_);
    if (words_.empty()) words_ = std::move(words);
}

std::string soak_tally::first_words() const {
    std::lock_guard const lock(mutex_);
    return words_;
}

void consume(engine& e, consumer_kind how, std::uint64_t seed, std::chrono::steady_clock::time_point until,
             soak_tally& tally) {
    for (std::uint64_t turn = seed; std::chrono::steady_clock::now() < until; ++turn) {
        checker c(seed * 1'000'003 + turn, tally);
        switch (how) {
            case consumer_kind::pull: pull(e, c, options_of_turn(turn), false); break;
            case consumer_kind::slow_pull: pull(e, c, options_of_turn(turn), true); break;
            case consumer_kind::push: push(e, c, options_of_turn(turn)); break;
            case consumer_kind::callback: call_back(e, c, options_of_turn(turn)); break;
        }
    }
}

std::uint64_t open_descriptors() {
    std::uint64_t n = 0;
    for ([[maybe_unused]] auto const& one : std::filesystem::directory_iterator("/proc/self/fd")) ++n;
    return n;
}

std::uint64_t resident_kib() {
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

}  // namespace aisle::test
