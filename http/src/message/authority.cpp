#include "authority.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace aisle::http {
namespace {

// RFC 3986, section 2.3. A percent-encoded host could inject CR LF into a request.
bool is_unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

bool is_plain(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_unreserved);
}

// Parses "ADDRESS" or "ADDRESS%25ZONE"; returns an empty string if the text is neither.
std::string ipv6_host(std::string_view text) {
    auto const percent = text.find('%');
    std::string const address(text.substr(0, percent));
    in6_addr bytes{};
    char written[INET6_ADDRSTRLEN];
    if (address.find('\0') != address.npos || ::inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return {};
    std::string out = ::inet_ntop(AF_INET6, &bytes, written, sizeof written);
    if (percent == text.npos) return out;
    auto const zone = text.substr(percent);
    if (!zone.starts_with("%25") || !is_plain(zone.substr(3))) return {};
    return (out += '%').append(zone.substr(3));
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::optional<std::uint16_t> read_port(std::string_view digits) {
    std::uint16_t n = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (ec != std::errc{} || end != digits.data() + digits.size() || n == 0) return std::nullopt;
    return n;
}

host_and_port refused(char const* why) {
    host_and_port out;
    out.why_not = why;
    return out;
}

}  // namespace

host_and_port read_authority(std::string_view text) {
    if (text.find('@') != text.npos) return refused("an address must not contain a user or password");
    bool const bracketed = text.starts_with('[');
    auto const host_end = bracketed ? text.find(']') : text.find(':');
    if (bracketed && host_end == text.npos) return refused("invalid host");
    auto const host = text.substr(bracketed, host_end - bracketed);
    auto const rest = host_end == text.npos ? std::string_view() : text.substr(host_end + bracketed);
    host_and_port out;
    if (bracketed)
        out.host = ipv6_host(host);
    else if (is_plain(host))
        out.host = lower(host);
    if (out.host.empty()) return refused("invalid host");
    if (rest.empty() || rest == ":") return out;
    if (!rest.starts_with(':')) return refused("invalid host");
    out.port = read_port(rest.substr(1));
    return out.port ? out : refused("invalid port");
}

}  // namespace aisle::http
