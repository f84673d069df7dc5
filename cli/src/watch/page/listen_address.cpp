#include "listen_address.hpp"

#include <aisle/base/ascii.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <unistd.h>

namespace aisle::cli {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

bool is_ip_address(std::string_view text) {
    std::string const copy(text.substr(0, text.find('%')));
    std::array<unsigned char, sizeof(in6_addr)> binary{};
    return inet_pton(AF_INET, copy.c_str(), binary.data()) == 1 ||
           inet_pton(AF_INET6, copy.c_str(), binary.data()) == 1;
}

std::string machine_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

}  // namespace

std::optional<listen_address> parse_listen_address(std::string_view text) {
    listen_address out;
    if (std::ranges::all_of(text, is_digit)) {
        auto const port = parse_port(text);
        if (!port) return std::nullopt;
        out.port = *port;
        return out;
    }
    auto const colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    auto const port = parse_port(text.substr(colon + 1));
    auto host = text.substr(0, colon);
    bool const bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!port || host.empty() || (host.find(':') != host.npos) != bracketed) return std::nullopt;
    out.host = host;
    out.port = *port;
    return out;
}

std::string to_string(listen_address const& address) {
    auto const host = address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]";
    return host + ":" + std::to_string(address.port);
}

std::string_view host_of(std::string_view host_field) noexcept {
    if (host_field.starts_with('[')) {
        auto const end = host_field.find(']');
        return end == host_field.npos ? std::string_view() : host_field.substr(1, end - 1);
    }
    return host_field.substr(0, host_field.find(':'));
}

bool is_own_host(std::string_view host_field, listen_address const& own) {
    auto const host = host_of(host_field);
    if (host.empty()) return false;
    auto const is = [host](std::string_view name) { return base::equal_without_case(host, name); };
    return is_ip_address(host) || is("localhost") || is(own.host) || is(machine_name());
}

}  // namespace aisle::cli
