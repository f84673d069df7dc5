#include "random_plan.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <random>

namespace aisle::faults {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::array<int, 5> statuses{429, 503, 429, 503, 500};

/// Draws faults when they are due. Used on the relay's thread.
class chance {
public:
    explicit chance(random_options options) : options_(std::move(options)), random_(options_.seed) {
        if (options_.kinds.empty()) {
            for (std::size_t i = 1; i < fault_kinds; ++i) options_.kinds.push_back(static_cast<fault_kind>(i));
        }
    }

    fault for_request(exchange const& x) {
        if (!is_due()) return {};
        auto const anywhere = next_.kind == fault_kind::refuse || next_.kind == fault_kind::drop;
        return anywhere || x.redirected ? use() : fault{};
    }

    // Without faults there are few connections: a reset must not delay the other faults.
    bool for_connection() {
        auto const now = clock::now();
        if (!options_.accept_resets || now < reset_due_) return false;
        reset_due_ = now + options_.every * static_cast<int>(options_.kinds.size() + 1);
        return true;
    }

private:
    bool is_due() {
        if (!drawn_) draw();
        return clock::now() >= due_;
    }

    fault use() {
        // After a long pause, faults do not come in a burst.
        due_ = std::max(due_ + options_.every, clock::now() - options_.every);
        drawn_ = false;
        return next_;
    }

    std::uint64_t below(std::uint64_t bound) {
        return bound == 0 ? 0 : std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
    }

    void draw() {
        drawn_ = true;
        next_ = {};
        next_.kind = options_.kinds[below(options_.kinds.size())];
        next_.at = below(below(2) == 0 ? options_.reach : options_.reach / 64);
        next_.by_reset = below(2) == 0;
        next_.bit = static_cast<unsigned>(below(8));
        next_.length = 1 + below(2000);
        next_.status = statuses[below(statuses.size())];
        next_.retry_after = below(4) == 0 ? 1 : -1;
        next_.wait = std::chrono::milliseconds(below(static_cast<std::uint64_t>(options_.longest_wait.count())));
        if (next_.kind == fault_kind::stall && below(4) == 0) next_.wait = for_ever;
        if (next_.kind == fault_kind::trickle) next_.wait = options_.trickle_wait;
    }

    random_options options_;
    std::mt19937_64 random_;
    clock::time_point due_ = clock::now();
    fault next_;
    bool drawn_ = false;
    clock::time_point reset_due_ = clock::now();
};

}  // namespace

plan random_plan(random_options options) {
    auto const by = std::make_shared<chance>(std::move(options));
    return {.on_request = [by](exchange const& x) { return by->for_request(x); },
            .on_accept = [by](unsigned) { return by->for_connection(); }};
}

}  // namespace aisle::faults
