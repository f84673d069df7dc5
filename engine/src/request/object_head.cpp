#include "object_head.hpp"

#include <charconv>
#include <string_view>

namespace aisle::detail {
namespace {

// RFC 9110, section 8.8.3.2: weak ETags must not be used to join parts.
std::string_view strong(std::string const& etag) noexcept {
    return etag.starts_with("W/") ? std::string_view() : std::string_view(etag);
}

// Removes the text up to `end`, and `end`; returns the text without `end`. nullopt if there is no `end`.
std::optional<std::string_view> take_until(std::string_view& text, char end) noexcept {
    auto const at = text.find(end);
    if (at == text.npos) return std::nullopt;
    auto const out = text.substr(0, at);
    text.remove_prefix(at + 1);
    return out;
}

// 1*DIGIT, below 2^63.
std::optional<std::uint64_t> number(std::string_view digits) noexcept {
    std::int64_t n = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (ec != std::errc{} || end != digits.data() + digits.size() || digits.front() == '-') return std::nullopt;
    return static_cast<std::uint64_t>(n);
}

// Range unit names are case-insensitive (RFC 9110, section 14.1).
bool take_unit(std::string_view& text) noexcept {
    constexpr std::string_view unit = "bytes ";
    if (text.size() < unit.size()) return false;
    for (std::size_t i = 0; i < unit.size(); ++i) {
        char const c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != unit[i]) return false;
    }
    text.remove_prefix(unit.size());
    return true;
}

}  // namespace

bool object_identity::tells_versions() const noexcept {
    return !checksum.empty() || !version.empty() || !strong(etag).empty() || !last_modified.empty();
}

sameness compare(object_identity const& a, object_identity const& b) noexcept {
    if (a.total && b.total && *a.total != *b.total) return sameness::different;
    if (!a.checksum.empty() && !b.checksum.empty())
        return a.checksum == b.checksum ? sameness::same : sameness::different;
    auto out = sameness::unknown;
    auto const compare_field = [&](std::string_view one, std::string_view other) {
        if (one.empty() || other.empty() || out == sameness::different) return;
        out = one == other ? sameness::same : sameness::different;
    };
    compare_field(a.version, b.version);
    compare_field(strong(a.etag), strong(b.etag));
    compare_field(a.last_modified, b.last_modified);
    return out;
}

std::optional<content_range> read_content_range(std::string_view text) noexcept {
    if (!take_unit(text)) return std::nullopt;
    auto const first_digits = take_until(text, '-');
    auto const last_digits = take_until(text, '/');
    if (!first_digits || !last_digits) return std::nullopt;
    auto const first = number(*first_digits);
    auto const last = number(*last_digits);
    if (!first || !last || *last < *first) return std::nullopt;
    content_range out{*first, *last, std::nullopt};
    if (text == "*") return out;
    out.total = number(text);
    if (!out.total || *out.total <= out.last) return std::nullopt;
    return out;
}

std::optional<std::uint64_t> read_unsatisfied_range(std::string_view text) noexcept {
    if (!take_unit(text) || !text.starts_with("*/")) return std::nullopt;
    return number(text.substr(2));
}

}  // namespace aisle::detail
