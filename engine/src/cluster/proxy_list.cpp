#include "proxy_list.hpp"

#include <algorithm>

namespace aisle::detail {

proxy_list::proxy_list(std::vector<http::url> given) {
    for (auto& url : given)
        if (!find(url)) proxies_.push_back({.where = std::move(url), .given = true});
}

void proxy_list::failed(http::url const& which, time_point now) {
    if (!heard_) {
        if (!unreached_since_ || now - unreached_at_ > longest_pause) unreached_since_ = now;
        unreached_at_ = now;
    }
    auto* const p = find(which);
    if (!p) return;
    if (p->pause.count() == 0 || now >= p->lengthened + p->pause) {
        p->pause = std::clamp(2 * p->pause, first_pause, longest_pause);
        p->lengthened = now;
    }
    p->rests_until = now + p->pause;
    p->failed_at = now;
    if (p != &proxies_[current_]) return;
    move_on(now);
    if (p != &proxies_[current_] && on_left) on_left(p->where, current());
}

void proxy_list::heard() noexcept {
    heard_ = true;
    unreached_since_.reset();
}

void proxy_list::answered(http::url const& which, duration took, time_point now) {
    heard();
    usual_ += (std::max(took, duration(0)) - usual_) / 8;
    auto* const p = find(which);
    if (!p) return;
    p->pause = std::chrono::milliseconds(0);
    p->answered_at = now;
}

bool proxy_list::is_silent(http::url const& which, time_point since) const noexcept {
    auto const p = std::ranges::find(proxies_, which, &proxy::where);
    return p == proxies_.end() || p->answered_at < since;
}

bool proxy_list::has_failed_since(http::url const& which, time_point since) const noexcept {
    auto const p = std::ranges::find(proxies_, which, &proxy::where);
    return p != proxies_.end() && p->pause.count() != 0 && p->failed_at >= since;
}

http::url const& proxy_list::choose(bool another, time_point now) const noexcept {
    if (another)
        for (std::size_t i = 1; i < proxies_.size(); ++i)
            if (auto const& p = proxies_[(current_ + i) % proxies_.size()]; p.pause.count() == 0 && p.well(now))
                return p.where;
    return current();
}

proxy_list::duration proxy_list::limit(duration proxy_timeout) const noexcept {
    return std::max(proxy_timeout, times_of_usual * usual_);
}

proxy_list::duration proxy_list::redraw_after(duration proxy_timeout) const noexcept {
    return std::min(limit(proxy_timeout), std::max<duration>(least_redraw, times_of_usual * usual_));
}

std::optional<http::url> proxy_list::due_for_probe(time_point now) {
    for (auto& p : proxies_) {
        if (p.pause.count() == 0 || p.rests_until > now || &p == &proxies_[current_]) continue;
        p.rests_until = now + p.pause;
        return p.where;
    }
    return std::nullopt;
}

void proxy_list::learn(std::vector<http::url> from_map) {
    auto const kept = current();
    std::vector<proxy> next;
    for (auto& p : proxies_)
        if (p.given) next.push_back(p);
    for (auto& url : from_map) {
        if (std::ranges::find(next, url, &proxy::where) != next.end()) continue;
        auto const* const old = find(url);
        next.push_back(old ? *old : proxy{.where = std::move(url)});
    }
    proxies_ = std::move(next);
    auto const* const still = find(kept);
    current_ = still ? static_cast<std::size_t>(still - proxies_.data()) : proxies_.size() - 1;
    // The time is unknown, and nothing failed: choose the one that rested longest, or needs no rest.
    if (!still) move_on(time_point::min());
}

proxy_list::proxy* proxy_list::find(http::url const& which) noexcept {
    auto const at = std::ranges::find(proxies_, which, &proxy::where);
    return at == proxies_.end() ? nullptr : &*at;
}

void proxy_list::move_on(time_point now) noexcept {
    auto best = (current_ + 1) % proxies_.size();
    auto const rank = [&](proxy const& p) { return p.pause.count() == 0 ? 0 : p.well(now) ? 1 : 2; };
    for (std::size_t i = 2; i <= proxies_.size(); ++i) {
        auto const at = (current_ + i) % proxies_.size();
        auto const& p = proxies_[at];
        auto const& so_far = proxies_[best];
        if (rank(p) < rank(so_far) || (rank(p) == 2 && rank(so_far) == 2 && p.rests_until < so_far.rests_until))
            best = at;
    }
    current_ = best;
}

result<std::vector<http::url>> read_endpoints(std::string_view comma_separated) {
    constexpr std::string_view white = " \t\r\n";
    std::vector<http::url> out;
    for (auto rest = comma_separated;;) {
        auto const comma = std::min(rest.find(','), rest.size());
        auto one = rest.substr(0, comma);
        one.remove_prefix(std::min(one.find_first_not_of(white), one.size()));
        one = one.substr(0, one.find_last_not_of(white) + 1);
        if (one.empty()) return error{errc::invalid_endpoint, stage::usage, "an endpoint is empty"};
        auto url = http::parse_endpoint(one);
        if (!url) return url.error();
        if (std::ranges::find(out, *url) == out.end()) out.push_back(*std::move(url));
        if (comma == rest.size()) return out;
        rest.remove_prefix(comma + 1);
    }
}

}  // namespace aisle::detail
