#include "authority.hpp"

#include <aisle/http/url.hpp>
#include <aisle/recycler.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <optional>

namespace aisle::http {
namespace {

/// The components of a reference (RFC 3986, appendix B). Views of the text.
struct reference_parts {
    std::optional<std::string_view> scheme;     ///< without the ':'
    std::optional<std::string_view> authority;  ///< without the "//"
    std::string_view rest;                      ///< path, query and fragment
};

reference_parts cut(std::string_view text) {
    reference_parts out;
    if (auto const end = text.find_first_of(":/?#"); end != text.npos && end > 0 && text[end] == ':') {
        out.scheme = text.substr(0, end);
        text.remove_prefix(end + 1);
    }
    if (text.starts_with("//")) {
        text.remove_prefix(2);
        out.authority = text.substr(0, text.find_first_of("/?#"));
        text.remove_prefix(out.authority->size());
    }
    out.rest = text;
    return out;
}

bool is_scheme(std::string_view text, std::string_view lower) noexcept {
    return std::ranges::equal(text, lower, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
}

/// Parses one text, and knows how to report it as an error.
class reading {
public:
    reading(std::string_view text, errc bad, stage where) : text_(text), parts_(cut(text)), bad_(bad), where_(where) {}

    bool absolute() const noexcept { return parts_.scheme.has_value(); }

    result<url> read_absolute() const {
        url out;
        out.secure = is_scheme(parts_.scheme.value_or(""), "https");
        bool const plain = is_scheme(parts_.scheme.value_or(""), "http");
        if (!parts_.authority || !(out.secure || plain)) return not_an_address();
        if (auto ok = read_origin(out); !ok) return ok.error();
        // Boost.URL parses the rest correctly after a host of one letter.
        recycled_string text("http://h");
        text += parts_.rest;
        auto const target = boost::urls::parse_uri(text);
        if (!target) return not_an_address();
        take_target(*target, out);
        return out;
    }

    // RFC 3986, section 5.2, for a reference without a scheme.
    result<url> read_relative(url const& base) const {
        url out = base;
        if (parts_.authority)
            if (auto ok = read_origin(out); !ok) return ok.error();
        auto const base_text = "http://h" + (parts_.authority ? std::string("/") : base.target());
        auto const from = boost::urls::parse_uri(base_text);
        auto const reference = boost::urls::parse_relative_ref(parts_.rest);
        boost::urls::url resolved;
        if (text_.empty() || !reference || !from || !boost::urls::resolve(*from, *reference, resolved))
            return refused("the Location is not a URL");
        take_target(resolved, out);
        return out;
    }

private:
    result<void> read_origin(url& into) const {
        auto found = read_authority(*parts_.authority);
        if (found.why_not) return refused(found.why_not);
        into.host = std::move(found.host);
        into.port = found.port.value_or(into.secure ? 443 : 80);
        return {};
    }

    static void take_target(boost::urls::url_view_base const& from, url& into) {
        into.path = from.encoded_path().empty() ? "/" : std::string(from.encoded_path());
        into.query = from.has_query() ? std::string(from.encoded_query()) : std::string();
    }

    error not_an_address() const { return refused("not of the form http://host[:port] or https://host[:port]"); }

    error refused(std::string why) const {
        if (text_.find('@') != text_.npos) return {bad_, where_, std::move(why)};  // it may contain a password
        why += ": \"";
        for (char const c : text_.substr(0, 200)) why += c >= ' ' && c != '\x7f' ? c : '?';
        return {bad_, where_, why + '"'};
    }

    std::string_view text_;
    reference_parts parts_;
    errc bad_;
    stage where_;
};

std::string with_port(std::string const& host, std::uint16_t port) {
    auto const number = std::to_string(port);
    return host.find(':') == host.npos ? host + ':' + number : '[' + host + "]:" + number;
}

}  // namespace

std::string url::authority() const {
    auto const zone = host.find('%');
    return with_port(zone == host.npos ? host : host.substr(0, zone) + "%25" + host.substr(zone + 1), port);
}

std::string url::host_field() const {
    return with_port(server_name(), port);
}

std::string url::server_name() const {
    return host.substr(0, host.find('%'));
}

std::string url::origin() const {
    return (secure ? "https://" : "http://") + authority();
}

std::string url::target() const {
    return query.empty() ? path : path + '?' + query;
}

result<url> parse_url(std::string_view text) {
    return reading(text, errc::invalid_endpoint, stage::usage).read_absolute();
}

result<url> parse_endpoint(std::string_view text) {
    auto out = parse_url(text);
    if (!out) return out;
    auto const refuse = [&](std::string const& what) {
        return error{errc::invalid_endpoint, stage::usage,
                     "an endpoint must not have a " + what + ", because AIStore's paths start at /v1: use \"" +
                         out->origin() + '"'};
    };
    if (text.find('#') != text.npos) return refuse("fragment (\"#...\")");
    if (text.find('?') != text.npos) return refuse("query (\"?...\")");
    if (out->path != "/") return refuse("path (\"" + out->path.substr(0, 100) + "\")");
    return out;
}

result<url> resolve_location(url const& base, std::string_view location) {
    reading const what(location, errc::bad_redirect, stage::redirect);
    // An absolute URL is used exactly as it is: AIStore signs nothing yet, but names its work items in it.
    return what.absolute() ? what.read_absolute() : what.read_relative(base);
}

}  // namespace aisle::http
