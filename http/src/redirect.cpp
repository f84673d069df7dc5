#include <aisle/http/redirect.hpp>

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
                                            " in a way that would change it");
    if (answer.location.empty()) return fail(errc::bad_redirect, asked.authority() + " redirects without a Location");
    if (answer.hops >= answer.max_hops)
        return fail(errc::too_many_redirects,
                    "gave up after " + std::to_string(answer.hops) + " redirects at " + asked.authority());
    auto next = resolve_location(asked, answer.location);
    if (!next) {
        error e = std::move(next).error();
        e.http_status = answer.status;
        return e;
    }
    return next;
}

}  // namespace aisle::http
