#include "multipart_fields.hpp"

#include <aisle/base/ascii.hpp>

#include <algorithm>

namespace aisle::codec {
namespace {

using base::equal_without_case;
using base::is_alphanumeric;
using base::trimmed;

constexpr std::size_t max_boundary_chars = 70;  // RFC 2046, section 5.1.1

// RFC 2045, section 5.1: any printable ASCII except space and these.
bool is_token_char(char c) noexcept {
    return c > ' ' && c < '\x7f' && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

bool is_boundary_char(char c) noexcept {
    return is_alphanumeric(c) || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

// Takes a token, or a quoted string without its quotes and escapes, from the front.
std::optional<std::string> take_value(std::string_view& rest) {
    std::string value;
    if (!rest.starts_with('"')) {
        auto const stop = std::find_if_not(rest.begin(), rest.end(), is_token_char);
        value.assign(rest.begin(), stop);
        rest.remove_prefix(value.size());
        return value.empty() ? std::nullopt : std::optional(value);
    }
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        if (rest[i] == '\\') ++i;
        if (i == rest.size()) break;
        value += rest[i];
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> parameter_of(std::string_view field_value, std::string_view name) {
    std::optional<std::string> found;
    auto rest = field_value.substr(std::min(field_value.find(';'), field_value.size()));
    for (rest = trimmed(rest); !rest.empty(); rest = trimmed(rest)) {
        if (rest.front() != ';') return std::nullopt;
        rest = trimmed(rest.substr(1));
        if (rest.empty() || rest.front() == ';') continue;
        auto const equals = rest.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        auto const key = trimmed(rest.substr(0, equals));
        rest = trimmed(rest.substr(equals + 1));
        auto value = take_value(rest);
        if (!value) return std::nullopt;
        if (!equal_without_case(key, name)) continue;
        if (found) return std::nullopt;
        found = std::move(value);
    }
    return found;
}

bool parse_part_fields(std::string_view head, std::vector<part_field>& out) {
    out.clear();
    while (head != "\r\n") {
        auto const stop = head.find("\r\n");
        auto const line = head.substr(0, stop);
        head.remove_prefix(stop + 2);
        if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) return false;
        if (line.front() == ' ' || line.front() == '\t') {
            if (out.empty()) return false;
            out.back().value.append(1, ' ').append(trimmed(line));
            continue;
        }
        auto const colon = line.find(':');
        auto const name = line.substr(0, std::min(colon, line.size()));
        if (colon == std::string_view::npos || name.empty()) return false;
        if (!std::all_of(name.begin(), name.end(), is_token_char)) return false;
        out.push_back({std::string(name), std::string(trimmed(line.substr(colon + 1)))});
    }
    return true;
}

bool is_multipart(std::string_view content_type) noexcept {
    constexpr std::string_view type = "multipart/";
    auto const value = trimmed(content_type);
    return value.size() > type.size() && equal_without_case(value.substr(0, type.size()), type);
}

result<std::string> multipart_boundary(std::string_view content_type) {
    if (!is_multipart(content_type))
        return error(errc::wrong_content_type, stage::multipart,
                     "not a multipart type: \"" + std::string(content_type.substr(0, 200)) + '"');
    auto boundary = parameter_of(content_type, "boundary");
    if (!boundary)
        return error(errc::bad_multipart, stage::multipart, "the Content-Type has no valid boundary, or has two");
    if (boundary->empty() || boundary->size() > max_boundary_chars || boundary->ends_with(' ') ||
        !std::all_of(boundary->begin(), boundary->end(), is_boundary_char))
        return error(errc::bad_multipart, stage::multipart,
                     "the boundary is not 1 to 70 characters allowed by RFC 2046");
    return *std::move(boundary);
}

}  // namespace aisle::codec
