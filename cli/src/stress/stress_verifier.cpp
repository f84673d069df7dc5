#include "stress_verifier.hpp"

#include "../text/printable.hpp"
#include "stress_content.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace aisle::cli {
namespace {

/// The index in data of the first byte that differs from the planned payload at offset `at`.
std::optional<std::uint64_t> first_difference(planned_entry const& planned, std::uint64_t at,
                                              std::span<std::byte const> data) {
    if (!planned.archive)
        return stress_content(planned.request.object, planned.request.archpath)
            .first_difference(planned.offset + at, data);
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
    : plan_(plan), round_(round), tally_(tally), started_(round.batch_sizes.size()), seen_(round.batch_sizes.size()) {
    for (std::size_t i = 0; i < seen_.size(); ++i) seen_[i].resize(round.batch_sizes[i]);
}

void stress_verifier::check(sample_view s) {
    stress_arrival a{.batch = s.batch(),
                     .index = s.index(),
                     .of = &s.entry(),
                     .status = s.status(),
                     .size = s.size(),
                     .payload = {},
                     .why = s.delivered() ? nullptr : &s.why(),
                     .target = s.designated_target()};
    if (s.delivered() && s.index() % 2 == 0)
        runs_ = {s.bytes()};
    else
        runs_.assign(s.runs().begin(), s.runs().end());
    a.payload = runs_;
    check(a);
}

void stress_verifier::check(stress_arrival const& a) {
    if (a.batch >= seen_.size() || a.index >= seen_[a.batch].size()) {
        add_trouble(stress_trouble::wrong, a, "was never requested");
    } else if (seen_[a.batch][a.index]) {
        add_trouble(stress_trouble::wrong, a, "arrived a second time");
    } else {
        seen_[a.batch][a.index] = true;
        if (accept_next(a.batch, a.index))
            check_answer(a, entries_[a.index]);
        else
            report_out_of_order(a);
    }
}

void stress_verifier::report_out_of_order(stress_arrival const& a) {
    auto const within = index_ < entries_.size();
    std::string expected = "sample " + std::to_string(within ? index_ : 0) + " of ";
    if (within)
        expected += "batch " + std::to_string(batch_);
    else
        expected += any_order() ? "another batch" : "batch " + std::to_string(next_);
    add_trouble(stress_trouble::wrong, a, "arrived out of order: " + expected + " was expected");
    // Continue from here: what follows may be in order again.
    auto const of_this = a.batch == batch_ && !entries_.empty();
    if (of_this ? a.index >= index_ : open_batch(a.batch)) index_ = a.index + 1;
}

bool stress_verifier::accept_next(std::uint64_t batch, std::uint32_t index) {
    if (index_ < entries_.size()) {
        if (batch != batch_ || index != index_) return false;
    } else {
        if (index != 0 || (!any_order() && batch != next_) || !open_batch(batch)) return false;
    }
    ++index_;
    return true;
}

// False when there is no such batch, or it has started before.
bool stress_verifier::open_batch(std::uint64_t number) {
    if (number >= started_.size() || started_[number]) return false;
    started_[number] = true;
    batch_ = number;
    next_ = number + 1;
    index_ = 0;
    entries_ = plan_.entries(round_, number);
    return true;
}

void stress_verifier::check_answer(stress_arrival const& a, planned_entry const& planned) {
    if (!(*a.of == planned.request)) {
        add_trouble(stress_trouble::wrong, a, "is reported for another entry: " + name_of(*a.of));
        return;
    }
    switch (a.status) {
        case sample_status::delivered:
            if (planned.exists)
                check_payload(a, planned);
            else
                add_trouble(stress_trouble::wrong, a, "was delivered, but does not exist");
            return;
        case sample_status::missing:
            if (planned.exists)
                add_trouble(stress_trouble::lost, a, "is reported as missing: " + printable(a.why->message()));
            else
                tally_.add_missing();
            return;
        case sample_status::failed: add_trouble(stress_trouble::failed, a, printable(a.why->message())); return;
    }
}

void stress_verifier::check_payload(stress_arrival const& a, planned_entry const& planned) {
    if (a.size != planned.size) {
        add_trouble(stress_trouble::wrong, a,
                    "has " + std::to_string(a.size) + " bytes instead of " + std::to_string(planned.size));
        return;
    }
    std::uint64_t at = 0;
    auto const is_right = [&](std::span<std::byte const> part) {
        auto const wrong = first_difference(planned, at, part);
        if (wrong)
            add_trouble(stress_trouble::wrong, a,
                        "has a wrong byte at " + std::to_string(at + *wrong) + " of " + std::to_string(planned.size));
        at += part.size();
        return !wrong;
    };
    for (auto const run : a.payload)
        if (!is_right(run)) return;
    if (at != planned.size) {
        add_trouble(stress_trouble::wrong, a, "has runs of " + std::to_string(at) + " bytes in all");
        return;
    }
    tally_.add_delivered(planned.size);
}

void stress_verifier::finish(std::uint64_t batches_taken) {
    std::uint64_t requested = 0;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < batches_taken; ++i) {
        requested += seen_[i].size();
        seen += static_cast<std::uint64_t>(std::ranges::count(seen_[i], true));
    }
    if (seen < requested)
        tally_.add_trouble(stress_trouble::lost,
                           "round " + std::to_string(round_.number) + " (" + name_of(round_.way) +
                               "): " + std::to_string(requested - seen) + " of " + std::to_string(requested) +
                               " samples were not reported",
                           requested - seen);
}

void stress_verifier::add_trouble(stress_trouble what, stress_arrival const& a, std::string const& text) {
    std::string where = "round " + std::to_string(round_.number) + " (" + name_of(round_.way) + ") batch " +
                        std::to_string(a.batch) + " sample " + std::to_string(a.index);
    if (!a.target.empty()) where += " from " + printable(a.target);
    if (a.batch == batch_ && a.index < entries_.size()) where += ": " + name_of(entries_[a.index].request);
    tally_.add_trouble(what, where + ": " + text);
}

}  // namespace aisle::cli
