#include "progress_text.hpp"

#include "../text/quantity.hpp"

#include <aisle/base/utf8.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

namespace aisle::cli {
namespace {

constexpr std::size_t widest_bar = 30;
constexpr std::size_t narrowest_bar = 10;

std::string item_rate(progress_state const& s, double per_s) {
    return format_count(static_cast<std::uint64_t>(std::llround(std::max(0.0, per_s)))) + " " +
           std::string(s.words.items) + "/s";
}

std::string bytes_rate(double per_s) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%.1f MB/s", per_s / 1e6);
    return text.data();
}

std::string counts(progress_state const& s) {
    std::string text = format_count(s.answered());
    if (s.expected) text += "/" + format_count(*s.expected);
    return text;
}

void append_listed(std::string& list, std::uint64_t count, std::string_view what) {
    if (!list.empty()) list += ", ";
    list += format_count(count) + " " + std::string(what);
}

void append_repeats(std::string& list, progress_state const& s) {
    if (s.retries) append_listed(list, s.retries, s.retries == 1 ? "retry" : "retries");
    if (s.hedges) append_listed(list, s.hedges, s.hedges == 1 ? "hedge" : "hedges");
}

std::string troubles(progress_state const& s) {
    std::string text;
    if (s.missing) append_listed(text, s.missing, "missing");
    if (s.failed) append_listed(text, s.failed, "failed");
    append_repeats(text, s);
    if (s.cold) append_listed(text, s.cold, "cold");
    if (s.wrong) append_listed(text, *s.wrong, "wrong");
    return text;
}

std::optional<std::string> time_left(progress_state const& s) {
    if (!s.expected || s.samples_per_s <= 0) return std::nullopt;
    auto const left = *s.expected - std::min(*s.expected, s.answered());
    auto const seconds = std::min(static_cast<double>(left) / s.samples_per_s, 359'999.0);
    return "ETA " + format_clock(std::chrono::seconds(std::llround(std::ceil(seconds))));
}

std::string cut(std::string_view text, std::size_t bytes) {
    std::size_t n = 0;
    while (n < text.size()) {
        auto const next = std::max<std::size_t>(base::utf8_sequence_bytes(text.substr(n)), 1);
        if (n + next > bytes) break;
        n += next;
    }
    return std::string(text.substr(0, n));
}

std::string bar(double share, std::size_t width) {
    auto const inner = width - 2;
    auto const filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(inner));
    std::string text = "[" + std::string(filled, '=');
    if (filled < inner) text += '>' + std::string(inner - filled - 1, ' ');
    return text + "]";
}

}  // namespace

std::string bar_line(progress_state const& s, std::size_t columns) {
    if (!s.trouble.empty()) return cut(counts(s) + "  " + s.trouble, columns > 0 ? columns - 1 : 0);
    std::vector<std::string> parts{counts(s), item_rate(s, s.samples_per_s), bytes_rate(s.bytes_per_s),
                                   std::to_string(s.in_flight) + " in flight"};
    if (auto left = time_left(s)) parts.push_back(std::move(*left));
    if (auto trouble = troubles(s); !trouble.empty()) parts.push_back(std::move(trouble));

    std::string line;
    for (auto const& part : parts) {
        if (line.size() + 2 + part.size() + 1 > columns) break;
        line += (line.empty() ? "" : "  ") + part;
    }
    if (!s.expected || *s.expected == 0) return line;
    std::size_t const room = columns > line.size() + 3 ? columns - line.size() - 3 : 0;
    if (room < narrowest_bar) return line;
    auto const share = static_cast<double>(s.answered()) / static_cast<double>(*s.expected);
    return bar(share, std::min(room, widest_bar)) + "  " + line;
}

std::string log_line(progress_state const& s) {
    std::string line = format_count(s.answered());
    if (s.expected) line += " of " + format_count(*s.expected);
    line += " " + std::string(s.words.items) + ", " + format_bytes(static_cast<double>(s.bytes)) + ", " +
            item_rate(s, s.samples_per_s) + ", " + bytes_rate(s.bytes_per_s) + ", " + std::to_string(s.in_flight) +
            " in flight";
    if (auto const left = time_left(s)) line += ", " + *left;
    if (auto const trouble = troubles(s); !trouble.empty()) line += ", " + trouble;
    return line;
}

std::string closing_line(progress_state const& s) {
    auto const seconds = std::max(s.elapsed.count(), 1e-9);
    std::array<char, 48> time{};
    std::snprintf(time.data(), time.size(), "%.2f s", s.elapsed.count());
    std::string counts;
    append_listed(counts, s.delivered, s.words.done);
    if (s.words.may_be_missing) append_listed(counts, s.missing, "missing");
    append_listed(counts, s.failed, "failed");
    append_repeats(counts, s);
    if (s.cold) append_listed(counts, s.cold, "cold");
    if (s.wrong) append_listed(counts, *s.wrong, "wrong");
    return counts + ": " + format_bytes(static_cast<double>(s.bytes)) + " in " + time.data() + ", " +
           item_rate(s, static_cast<double>(s.delivered) / seconds) + ", " +
           bytes_rate(static_cast<double>(s.bytes) / seconds);
}

}  // namespace aisle::cli
