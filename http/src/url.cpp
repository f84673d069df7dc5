#include <aisle/http/url.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace aisle::http {
namespace {

constexpr char const* not_an_address = "not of the form http://host[:port] or https://host[:port]: ";

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char const c : text.substr(0, 200)) out += c >= ' ' && c != '\x7f' ? c : '?';
    return out + '"';
}

bool is_unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

// What a resolver and a Host field can take. A percent-encoded host could smuggle CR LF into the request.
bool is_plain_host(std::string_view host) noexcept {
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) { return is_unreserved(c) || c == ':'; });
}

result<url> take_apart(boost::urls::url_view_base const& in, std::string_view text, errc bad, stage where) {
    bool const secure = in.scheme_id() == boost::urls::scheme::https;
    if (!secure && in.scheme_id() != boost::urls::scheme::http) return error{bad, where, not_an_address + quoted(text)};
    if (in.has_userinfo()) return error{bad, where, "an address must not carry a user or password"};
    url out;
    out.secure = secure;
    if (secure) out.port = 443;
    out.host = in.host_address();
    if (!is_plain_host(out.host)) return error{bad, where, "no usable host in " + quoted(text)};
    for (char& c : out.host)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (in.has_port() && !in.port().empty()) {
        auto const digits = in.port();
        auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
        if (ec != std::errc{} || end != digits.data() + digits.size() || out.port == 0)
            return error{bad, where, "no valid port in " + quoted(text)};
    }
    if (!in.encoded_path().empty()) out.path = std::string(in.encoded_path());
    if (in.has_query()) out.query = std::string(in.encoded_query());
    return out;
}

boost::urls::string_view boost_view(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

std::string url::authority() const {
    bool const v6 = host.find(':') != host.npos;
    return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string url::origin() const {
    return (secure ? "https://" : "http://") + authority();
}

std::string url::target() const {
    return query.empty() ? path : path + '?' + query;
}

result<url> parse_url(std::string_view text) {
    auto const parsed = boost::urls::parse_uri(boost_view(text));
    if (!parsed) return error{errc::invalid_endpoint, stage::usage, not_an_address + quoted(text)};
    return take_apart(*parsed, text, errc::invalid_endpoint, stage::usage);
}

result<url> resolve_location(url const& base, std::string_view location) {
    // An absolute one is followed to the letter: AIStore signs nothing yet, but names its work items in it.
    if (auto const absolute = boost::urls::parse_uri(boost_view(location)))
        return take_apart(*absolute, location, errc::bad_redirect, stage::redirect);
    auto const reference = boost::urls::parse_relative_ref(boost_view(location));
    std::string const base_text = base.origin() + base.target();
    auto const from = boost::urls::parse_uri(boost_view(base_text));
    boost::urls::url resolved;
    if (location.empty() || !reference || !from || !boost::urls::resolve(*from, *reference, resolved))
        return error{errc::bad_redirect, stage::redirect, "the Location is not an address: " + quoted(location)};
    return take_apart(resolved, location, errc::bad_redirect, stage::redirect);
}

std::string percent_encode(std::string_view text) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    return out;
}

}  // namespace aisle::http
