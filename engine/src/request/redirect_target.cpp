#include "redirect_target.hpp"

#include <aisle/base/percent_encoding.hpp>

#include <string>

namespace aisle::detail {
namespace {

/// A Location cut at its delimiters (RFC 3986, section 3). Views into it.
struct location_parts {
    std::string_view origin;  ///< "http://host:port" or "//host:port"; empty in a reference without a host
    std::string_view query;   ///< without the '?'
};

location_parts cut(std::string_view location) {
    location_parts out;
    // The host follows the first "//", unless that is inside a path.
    auto const slashes = location.find('/');
    bool const has_host = slashes != location.npos && location.substr(slashes).starts_with("//") &&
                          (slashes == 0 || location[slashes - 1] == ':');
    if (has_host) {
        auto const end = location.find_first_of("/?#", slashes + 2);
        out.origin = location.substr(0, end);
        location.remove_prefix(out.origin.size());
    }
    location = location.substr(0, location.find('#'));
    if (auto const mark = location.find('?'); mark != location.npos) out.query = location.substr(mark + 1);
    return out;
}

std::string visible(std::string_view query) {
    std::string out;
    for (char const c : query) {
        if (c > ' ' && c < '\x7f')
            out += c;
        else
            out += base::percent_encode({&c, 1});
    }
    return out;
}

}  // namespace

result<http::url> object_redirect(http::url const& asked, int status, std::string_view location) {
    auto const refused = [&](std::string text) {
        error e{errc::bad_redirect, stage::redirect, std::move(text)};
        e.http_status = status;
        return e;
    };
    if (status == 303) return refused(asked.authority() + " redirects with status 303, which may change the request");
    if (location.empty()) return refused(asked.authority() + " redirects without a Location");
    auto const parts = cut(location);
    auto to = asked;
    if (!parts.origin.empty()) {
        std::string origin(parts.origin);
        if (origin.starts_with("//")) origin.insert(0, asked.secure ? "https:" : "http:");
        auto const where = http::parse_url(origin);
        if (!where) return refused("the Location of " + asked.authority() + " is " + where.error().text);
        to.host = where->host;
        to.port = where->port;
        to.secure = where->secure;
    }
    if (asked.secure && !to.secure)
        return refused(asked.origin() + " redirects to plain " + to.origin() +
                       ", which is not encrypted: not followed");
    to.query = visible(parts.query);
    return to;
}

}  // namespace aisle::detail
