#include "fault.hpp"

#include <algorithm>
#include <charconv>
#include <memory>

namespace aisle::faults {
namespace {

constexpr std::array<std::string_view, fault_kinds> names{"none", "cut",       "delay",  "stall", "trickle",
                                                          "flip", "duplicate", "refuse", "drop",  "hang-up"};

/// Parses a text from its front.
struct cursor {
    std::string_view rest;

    bool take(char c) {
        if (!rest.starts_with(c)) return false;
        rest.remove_prefix(1);
        return true;
    }
    template <class Number>
    bool number(Number& into) {
        auto const [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), into);
        if (ec != std::errc{}) return false;
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        return true;
    }
};

bool set_numbers(fault& f, std::vector<std::uint32_t> const& numbers) {
    if (numbers.empty()) {
        if (f.kind == fault_kind::stall) f.wait = for_ever;
        if (f.kind == fault_kind::trickle) f.wait = std::chrono::seconds(1);
        return f.kind != fault_kind::delay;
    }
    switch (f.kind) {
        case fault_kind::delay:
        case fault_kind::stall:
        case fault_kind::trickle: f.wait = std::chrono::milliseconds(numbers[0]); break;
        case fault_kind::flip: f.bit = numbers[0] % 8; break;
        case fault_kind::duplicate: f.length = numbers[0]; break;
        case fault_kind::refuse:
            if (numbers[0] < 400 || numbers[0] > 599) return false;
            f.status = static_cast<int>(numbers[0]);
            if (numbers.size() > 1) f.retry_after = static_cast<int>(numbers[1] % 100'000);
            return true;
        default: return false;
    }
    return numbers.size() == 1;
}

bool read_rule(std::string_view text, fault_rule& rule) {
    auto const end = text.find_first_of("!@:/x");
    auto const name = text.substr(0, end);
    auto const kind = kind_of(name);
    if (!kind) return false;
    rule.what.kind = *kind;

    cursor c{text.substr(name.size())};
    rule.what.by_reset = c.take('!');
    if (c.take('@')) {
        if (c.take('b')) rule.what.from = counted::from_body;
        if (!c.number(rule.what.at)) return false;
    }
    std::vector<std::uint32_t> numbers;
    while (c.take(':')) {
        if (!c.number(numbers.emplace_back())) return false;
    }
    if (!set_numbers(rule.what, numbers)) return false;
    if (c.take('/') && (!c.number(rule.every) || rule.every == 0)) return false;
    if (c.take('x') && !c.number(rule.times)) return false;
    return c.rest.empty();
}

bool is_for_any_request(fault_kind kind) {
    return kind == fault_kind::refuse || kind == fault_kind::drop;
}

}  // namespace

std::string_view to_string(fault_kind kind) noexcept {
    return names[static_cast<std::size_t>(kind)];
}

std::optional<fault_kind> kind_of(std::string_view name) noexcept {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<fault_kind>(i);
    }
    return std::nullopt;
}

result<std::vector<fault_rule>> parse_rules(std::string_view text) {
    std::vector<fault_rule> rules;
    while (!text.empty()) {
        auto const part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        if (!read_rule(part, rules.emplace_back()))
            return error{errc::invalid_argument, stage::usage, "not a fault: \"" + std::string(part) + "\""};
    }
    return rules;
}

plan by_rules(std::vector<fault_rule> rules) {
    struct counting {
        fault_rule rule;
        std::uint64_t met = 0;
        std::uint64_t done = 0;
    };
    auto const all = std::make_shared<std::vector<counting>>();
    for (auto& r : rules) all->push_back({std::move(r)});
    return {.on_request = [all](exchange const& x) {
        fault chosen;
        for (auto& c : *all) {
            if (!x.redirected && !is_for_any_request(c.rule.what.kind)) continue;
            if (++c.met % c.rule.every != 0 || c.done == c.rule.times || chosen.kind != fault_kind::none) continue;
            ++c.done;
            chosen = c.rule.what;
        }
        return chosen;
    }};
}

}  // namespace aisle::faults
