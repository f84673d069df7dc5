#include <aisle/http/redirect.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace aisle::http {

bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

result<url> follow(url const& asked, redirect const& answer) {
    auto const fail = [&](errc code, std::string text) {
        error e{code, stage::redirect, std::move(text)};
        e.http_status = answer.status;
        return e;
    };
    bool const keeps_method = answer.status == 307 || answer.status == 308;
    bool const safe = answer.method == "GET" || answer.method == "HEAD";
    if (!keeps_method && (answer.status == 303 || !safe))
        return fail(errc::bad_redirect, asked.authority() + " redirects a " + std::string(answer.method) +
                                            " with a status that would change the method");
    if (answer.location.empty())
        return fail(errc::bad_redirect, "redirect without a Location from " + asked.authority());
    if (answer.hops >= answer.max_hops)
        return fail(errc::too_many_redirects,
                    "gave up after " + std::to_string(answer.hops) + " redirects, at " + asked.authority());
    auto next = resolve_location(asked, answer.location);
    if (!next) {
        error e = std::move(next).error();
        e.http_status = answer.status;
        return e;
    }
    if (asked.secure && !next->secure)
        return fail(errc::bad_redirect, "refusing redirect from " + asked.origin() + " to plain " + next->origin());
    return next;
}

bool may_follow(std::string_view field_name) noexcept {
    constexpr std::array<std::string_view, 5> harmless{"Accept", "Accept-Encoding", "If-Match", "If-None-Match",
                                                       "Range"};
    return std::ranges::any_of(harmless, [&](std::string_view known) {
        return boost::beast::iequals({known.data(), known.size()}, {field_name.data(), field_name.size()});
    });
}

}  // namespace aisle::http
