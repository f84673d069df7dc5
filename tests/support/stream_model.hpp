#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <stream/delivery.hpp>
#include <stream/scheduler.hpp>
#include <support/blocks.hpp>
#include <utility>
#include <vector>

namespace aisle::test {

/// A stream as its scheduler and its delivery see it, driven by events in any order that can happen, and compared after
/// each with plain book-keeping of what must be so: every sample once and in order, no batch begun beyond the window or
/// the budget but one with nothing else under way, and never a standstill.
class stream_model {
public:
    /// Decides: a number in [0, n).
    using chooser = std::function<unsigned(unsigned)>;

    explicit stream_model(chooser choose)
        : choose_(std::move(choose)),
          order_(choose_(2) ? batch_order::submitted : batch_order::completed),
          most_batches_(1 + choose_(60)),
          scheduler_(choose_(7)),
          delivery_(order_) {}

    /// One event; nothing where the one drawn cannot happen now.
    void step() {
        now_ += std::chrono::milliseconds(choose_(20));
        switch (choose_(8)) {
            case 0:
            case 1: start(); break;
            case 2:
            case 3: push(); break;
            case 4: answer(); break;
            case 5: end(); break;
            case 6: take(); break;
            case 7: change_memory(); break;
        }
        check();
    }

    /// No more surprises: all that is under way gets on, and the consumer takes what comes, but there is no memory
    /// left. All batches must get through.
    void finish() {
        foreign_ = budget;
        for (bool moved = true; moved;) {
            moved = take() > 0;
            for (auto n = batches_.size(); n-- > 0;) moved = settle(n) || moved;
            while (start()) moved = true;
            check();
        }
        REQUIRE(batches_.size() == most_batches_);
        REQUIRE(scheduler_.idle());
        REQUIRE(delivery_.held_batches() == 0);
        REQUIRE(!delivery_.has_ready());
        std::size_t asked = 0;
        for (auto const& b : batches_) asked += b.size;
        REQUIRE(seen_.size() == asked);
        std::sort(seen_.begin(), seen_.end());
        REQUIRE(std::adjacent_find(seen_.begin(), seen_.end()) == seen_.end());
    }

private:
    using place = std::pair<std::uint64_t, std::uint32_t>;

    struct asked_batch {
        std::uint32_t size = 0;
        std::uint32_t pushed = 0;
        std::uint32_t taken = 0;
        std::size_t reserved = 0;
        bool answered = false;
        bool ended = false;
    };

    static constexpr std::size_t budget = 1'000'000;
    static constexpr std::uint32_t largest_batch = 6;

    std::size_t reserved() const {
        std::size_t sum = foreign_;
        for (auto const& b : batches_) sum += b.reserved;
        return sum;
    }

    bool start() {
        if (batches_.size() == most_batches_) return false;
        detail::memory_view memory;
        memory.budget_bytes = budget;
        memory.in_use_bytes = kept_;
        memory.reserved_bytes = reserved();
        bool const alone = active_ == 0 && held() == 0;
        if (!scheduler_.may_start(delivery_.held_batches(), memory)) {
            REQUIRE(!(alone && tails_ == 0));
            return false;
        }
        REQUIRE(tails_ < std::max(8u, scheduler_.window()));
        REQUIRE((alone || (active_ < scheduler_.window() && kept_ + reserved() < budget)));
        asked_batch b;
        b.size = choose_(largest_batch + 1);
        b.reserved = scheduler_.expected_bytes(b.size);
        batches_.push_back(b);
        scheduler_.started(b.size, now_);
        delivery_.open();
        ++active_;
        return true;
    }

    /// Any batch for which this holds.
    template <class Holds>
    asked_batch* any(Holds holds) {
        std::vector<asked_batch*> those;
        for (auto& b : batches_)
            if (holds(b)) those.push_back(&b);
        return those.empty() ? nullptr : those[choose_(static_cast<unsigned>(those.size()))];
    }

    std::size_t number_of(asked_batch const& b) const { return static_cast<std::size_t>(&b - batches_.data()); }

    void push() {
        auto* const b = any([](asked_batch const& x) { return x.pushed < x.size; });
        if (b) push(*b, 1 + choose_(b->size - b->pushed));
    }

    void push(asked_batch& b, std::uint32_t count) {
        std::size_t const bytes = count * std::size_t{choose_(100'000)};
        scheduler_.saw(count, bytes, now_);
        auto blocks = empty_samples(number_of(b), b.pushed, count);
        delivery_.push(number_of(b), blocks);
        REQUIRE(blocks.empty());
        b.pushed += count;
        b.reserved -= std::min(b.reserved, bytes);
        kept_ += bytes;
    }

    void answer() {
        auto* const b = any([](asked_batch const& x) { return x.pushed == x.size && !x.answered; });
        if (b) answer(*b);
    }

    void answer(asked_batch& b) {
        scheduler_.answered(b.size, std::uint64_t{b.size} * 10'000, now_);
        delivery_.answered(number_of(b));
        b.answered = true;
        b.reserved = 0;
        completed_.push_back(number_of(b));
        --active_;
        ++tails_;
    }

    void end() {
        auto* const b = any([](asked_batch const& x) { return x.answered && !x.ended; });
        if (b) end(*b);
    }

    void end(asked_batch& b) {
        scheduler_.ended();
        b.ended = true;
        --tails_;
    }

    /// What is still to come of a batch comes. False when there was nothing.
    bool settle(std::size_t number) {
        auto& b = batches_[number];
        if (b.ended) return false;
        if (b.pushed < b.size) push(b, b.size - b.pushed);
        if (!b.answered) answer(b);
        end(b);
        return true;
    }

    /// What the consumer must get now.
    std::vector<place> due() const {
        std::vector<place> out;
        auto const rest_of = [&](std::size_t n) {
            for (auto i = batches_[n].taken; i < batches_[n].pushed; ++i) out.emplace_back(n, i);
        };
        if (order_ == batch_order::completed) {
            for (auto const n : completed_) rest_of(n);
        } else {
            for (std::size_t n = 0; n < batches_.size(); ++n) {
                rest_of(n);
                if (!batches_[n].answered) break;
            }
        }
        return out;
    }

    std::size_t take() {
        auto const expected = due();
        auto taken = delivery_.take();
        REQUIRE(taken.samples() == expected.size());
        auto const got = places_of(std::move(taken));
        REQUIRE(got == expected);
        for (auto const& [n, i] : got) batches_[n].taken = i + 1;
        seen_.insert(seen_.end(), got.begin(), got.end());
        return got.size();
    }

    /// The consumer lets go of some of what it keeps; other streams take more or less.
    void change_memory() {
        kept_ = kept_ * choose_(5) / 4;
        foreign_ = budget * choose_(6) / 4;
    }

    /// Batches whose samples have not all been taken, nor all of those in front of them.
    std::size_t held() const {
        std::size_t gone = 0;
        auto const is_gone = [&](std::size_t n) {
            return batches_[n].answered && batches_[n].taken == batches_[n].size;
        };
        if (order_ == batch_order::completed)
            while (gone < completed_.size() && is_gone(completed_[gone])) ++gone;
        else
            while (gone < batches_.size() && is_gone(gone)) ++gone;
        return batches_.size() - gone;
    }

    void check() const {
        REQUIRE(scheduler_.active() == active_);
        REQUIRE(scheduler_.tails() == tails_);
        REQUIRE(scheduler_.idle() == (active_ == 0 && tails_ == 0));
        REQUIRE(delivery_.held_batches() == held());
        REQUIRE(delivery_.has_ready() == !due().empty());
        auto const answered = [](asked_batch const& b) { return b.answered; };
        auto const head = std::find_if_not(batches_.begin(), batches_.end(), answered);
        REQUIRE(delivery_.head() == static_cast<std::uint64_t>(head - batches_.begin()));
    }

    chooser choose_;
    batch_order order_;
    std::size_t most_batches_;
    detail::scheduler scheduler_;
    detail::delivery delivery_;
    detail::scheduler::clock::time_point now_{};
    std::vector<asked_batch> batches_;
    std::vector<std::size_t> completed_;  // numbers of the batches that were answered, in that order
    std::vector<place> seen_;
    std::size_t kept_ = 0;     // bytes of samples that came and were not let go of
    std::size_t foreign_ = 0;  // bytes other streams have asked for
    unsigned active_ = 0;
    unsigned tails_ = 0;
};

}  // namespace aisle::test
