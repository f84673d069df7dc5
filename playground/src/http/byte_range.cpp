#include "byte_range.hpp"

#include <aisle/base/ascii.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace aisle::playground {
namespace {

// Like Go's strconv.ParseInt, without negative numbers.
std::optional<std::uint64_t> number(std::string_view digits) {
    std::int64_t n = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (digits.empty() || ec != std::errc{} || end != digits.data() + digits.size() || n < 0) return std::nullopt;
    return static_cast<std::uint64_t>(n);
}

byte_range invalid(std::string_view text, std::string_view why) {
    return {.what = byte_range::outcome::invalid,
            .message = "read range \"" + std::string(text) + "\" is invalid " + std::string(why)};
}

byte_range parse_one(std::string_view text, std::uint64_t object_size) {
    auto const dash = text.find('-');
    if (dash == text.npos) return invalid(text, "(-)");
    auto const first = base::trimmed(text.substr(0, dash));
    auto const last = base::trimmed(text.substr(dash + 1));
    byte_range out{.what = byte_range::outcome::part};
    if (first.empty()) {
        auto const suffix = number(last);
        if (last.empty() || last.front() == '-') return invalid(text, "as per RFC 7233 Section 2.1");
        if (!suffix) return invalid(text, "(see RFC 7233 Section 2.1)");
        out.size = std::min(*suffix, object_size);
        out.first = object_size - out.size;
        return out;
    }
    auto const begin = number(first);
    if (!begin) return invalid(text, "(start)");
    if (*begin >= object_size) return {.what = byte_range::outcome::not_satisfiable};
    out.first = *begin;
    out.size = object_size - out.first;
    if (last.empty()) return out;
    auto const end = number(last);
    if (!end || *end < out.first) return invalid(text, "(end)");
    out.size = std::min(*end, object_size - 1) - out.first + 1;
    return out;
}

}  // namespace

byte_range byte_range::parse(std::string_view field, std::uint64_t object_size) {
    constexpr std::string_view unit = "bytes=";
    if (!field.starts_with(unit)) return invalid(field, "(prefix)");
    auto const all = field.substr(unit.size());
    byte_range found;
    bool beyond = false;
    std::string listed;
    for (auto rest = all; !rest.empty();) {
        auto const comma = std::min(rest.find(','), rest.size());
        auto const one = base::trimmed(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        listed += (listed.empty() ? "" : " ") + std::string(one);
        if (one.empty()) continue;
        auto next = parse_one(one, object_size);
        if (next.what == outcome::invalid) return next;
        if (next.what == outcome::not_satisfiable) {
            beyond = true;
        } else if (found.what == outcome::part) {
            return {.what = outcome::several};
        } else {
            found = std::move(next);
        }
    }
    if (found.what == outcome::part || !beyond) return found;
    auto const several = all.find(',') != all.npos;
    return {.what = outcome::not_satisfiable,
            .message = "size=" + std::to_string(object_size) + ": not satisfiable range" + (several ? "s" : "") + " [" +
                       listed + "]"};
}

}  // namespace aisle::playground
