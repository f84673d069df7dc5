#include "stress_verifier.hpp"

#include "printable.hpp"
#include "stress_content.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace aisle::cli {
namespace {

/// Where data first differs from the planned payload's bytes from `at` on.
std::optional<std::uint64_t> first_difference(planned_entry const& planned, std::uint64_t at,
                                              std::span<std::byte const> data) {
    if (!planned.archive)
        return stress_content(planned.asked.object, planned.asked.archpath).first_difference(planned.offset + at, data);
    auto const right =
        std::as_bytes(std::span(*planned.archive)).subspan(static_cast<std::size_t>(planned.offset + at));
    auto const [wrong, expected] = std::ranges::mismatch(data, right);
    if (wrong == data.end()) return std::nullopt;
    return static_cast<std::uint64_t>(wrong - data.begin());
}

std::string name_of(entry const& e) {
    auto text = printable(e.bucket + "/" + e.object);
    if (!e.archpath.empty()) text += " member " + printable(e.archpath);
    if (!e.range.whole()) text += " range " + std::to_string(e.range.start) + ", " + std::to_string(e.range.length);
    return text;
}

std::string name_of(stress_way const& way) {
    return way.format + (way.streaming ? " streamed" : " multipart") + (way.only_obj_name ? ", only_obj_name" : "");
}

}  // namespace

stress_verifier::stress_verifier(stress_plan const& plan, stress_round const& round, stress_tally& tally)
    : plan_(plan), round_(round), tally_(tally), begun_(round.batch_sizes.size()) {}

void stress_verifier::check(sample const& s) {
    if (!take_turn(s.batch(), s.index())) {
        auto const within = index_ < entries_.size();
        add_trouble(stress_trouble::wrong, s,
                    "came where sample " + std::to_string(within ? index_ : 0) + " of batch " +
                        (within        ? std::to_string(batch_)
                         : any_order() ? "any"
                                       : std::to_string(next_)) +
                        " had its turn");
        // From here on in its order, where there is such a sample at all.
        if (s.batch() >= begun_.size() || s.index() >= round_.batch_sizes[s.batch()]) return;
        if (s.batch() != batch_ || entries_.empty()) open_batch(s.batch());
        index_ = s.index() + 1;
        return;
    }
    ++answered_;
    check_answer(s, entries_[s.index()]);
}

bool stress_verifier::take_turn(std::uint64_t batch, std::uint32_t index) {
    if (index_ < entries_.size()) {
        if (batch != batch_ || index != index_) return false;
    } else {
        if (index != 0 || (!any_order() && batch != next_) || !open_batch(batch)) return false;
    }
    ++index_;
    return true;
}

// False when there is no such batch, or it came before.
bool stress_verifier::open_batch(std::uint64_t number) {
    if (number >= begun_.size() || begun_[number]) return false;
    begun_[number] = true;
    batch_ = number;
    next_ = number + 1;
    index_ = 0;
    entries_ = plan_.entries(round_, number);
    return true;
}

void stress_verifier::check_answer(sample const& s, planned_entry const& planned) {
    if (!(s.entry() == planned.asked)) {
        add_trouble(stress_trouble::wrong, s, "is said to be of another entry: " + name_of(s.entry()));
        return;
    }
    switch (s.status()) {
        case sample_status::delivered:
            if (planned.exists)
                check_payload(s, planned);
            else
                add_trouble(stress_trouble::wrong, s, "was delivered, and does not exist");
            return;
        case sample_status::missing:
            if (planned.exists)
                add_trouble(stress_trouble::lost, s, "is said to be missing: " + printable(s.why().message()));
            else
                tally_.add_missing();
            return;
        case sample_status::failed: add_trouble(stress_trouble::failed, s, printable(s.why().message())); return;
    }
}

void stress_verifier::check_payload(sample const& s, planned_entry const& planned) {
    if (s.size() != planned.size) {
        add_trouble(stress_trouble::wrong, s,
                    "has " + std::to_string(s.size()) + " bytes instead of " + std::to_string(planned.size));
        return;
    }
    std::uint64_t at = 0;
    auto const is_right = [&](std::span<std::byte const> part) {
        auto const wrong = first_difference(planned, at, part);
        if (wrong)
            add_trouble(stress_trouble::wrong, s,
                        "has a wrong byte at " + std::to_string(at + *wrong) + " of " + std::to_string(planned.size));
        at += part.size();
        return !wrong;
    };
    // In turns as it came and as one view, which joins its parts in place.
    if (s.index() % 2 == 0) {
        if (!is_right(s.bytes())) return;
    } else {
        for (auto const run : s.runs())
            if (!is_right(run)) return;
        if (at != planned.size) {
            add_trouble(stress_trouble::wrong, s, "has runs of " + std::to_string(at) + " bytes in all");
            return;
        }
    }
    tally_.add_delivered(planned.size);
}

void stress_verifier::finish(std::uint64_t batches_taken) {
    std::uint64_t asked = 0;
    for (std::size_t i = 0; i < batches_taken; ++i) asked += round_.batch_sizes[i];
    if (answered_ < asked)
        tally_.add_trouble(stress_trouble::lost,
                           "round " + std::to_string(round_.number) + " (" + name_of(round_.way) +
                               "): " + std::to_string(asked - answered_) + " of " + std::to_string(asked) +
                               " samples were never told of",
                           asked - answered_);
}

void stress_verifier::add_trouble(stress_trouble what, sample const& s, std::string const& text) {
    std::string where = "round " + std::to_string(round_.number) + " (" + name_of(round_.way) + ") batch " +
                        std::to_string(s.batch()) + " sample " + std::to_string(s.index());
    if (auto const target = s.designated_target(); !target.empty()) where += " from " + printable(target);
    if (s.batch() < begun_.size() && s.batch() == batch_ && s.index() < entries_.size())
        where += ": " + name_of(entries_[s.index()].asked);
    tally_.add_trouble(what, where + ": " + text);
}

}  // namespace aisle::cli
