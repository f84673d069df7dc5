#pragma once

#include <aisle/http/url.hpp>
#include <aisle/result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace aisle::detail {

/// Chooses the proxy for a request. A plain struct, one per shard; the caller passes the time.
///
/// Any proxy can serve any request, so a working one is kept: its connections are warm. After a failure the next in the
/// list is used, and the failed one pauses; the pause grows with each failure. There is always a current one: if all
/// have failed, the one whose pause ends first.
///
/// A proxy responds in milliseconds or is sick, so it has its own timeout (limit()). But AIStore behaviour: the proxy
/// calls the target before it redirects, so one request may hang although the proxy works. is_silent() distinguishes
/// the two.
class proxy_list {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::nanoseconds;

    /// A restarted proxy is back within seconds; a lost one is not worth a connect timeout more than once a minute.
    static constexpr std::chrono::milliseconds first_pause{1'000};
    static constexpr std::chrono::milliseconds longest_pause{60'000};
    /// If a working proxy has not responded after this multiple of the usual time, the request is repeated.
    static constexpr int times_of_usual = 20;
    static constexpr std::chrono::milliseconds least_redraw{250};

    /// given: the user's proxies, at least one, in order of preference. They are never removed: a map may name
    /// addresses that cannot be reached from here.
    explicit proxy_list(std::vector<http::url> given);

    http::url const& current() const noexcept { return proxies_[current_].where; }
    /// The current one; for a hedge, another one that has not failed recently, if there is one.
    http::url const& choose(bool another, time_point now) const noexcept;

    /// It did not respond, or responded that it cannot serve. Many requests of one outage report this; together they
    /// count once per pause.
    void failed(http::url const& which, time_point now);
    /// It responded successfully, this long after the request.
    void answered(http::url const& which, duration took, time_point now);
    /// Any proxy has responded, with success or not. answered() implies it.
    void heard() noexcept;
    /// When the first request failed, if no proxy has ever responded. Reset after a minute without failures.
    std::optional<time_point> unreached_since() const noexcept { return unreached_since_; }
    /// True if nothing at all has arrived from it since then.
    bool is_silent(http::url const& which, time_point since) const noexcept;
    /// True if it has failed since then and not responded afterwards.
    bool has_failed_since(http::url const& which, time_point since) const noexcept;

    /// A proxy that has not responded for this long is sick. proxy_timeout: engine_options::proxy_timeout.
    duration limit(duration proxy_timeout) const noexcept;
    /// After this time without a response, repeating the request is better than waiting.
    duration redraw_after(duration proxy_timeout) const noexcept;

    /// A failed proxy whose pause is over, to be checked in the background; its pause starts again.
    std::optional<http::url> due_for_probe(time_point now);

    /// The proxies of a cluster map, in order of preference. They replace those of the previous map; the current one
    /// stays current if it is in the list.
    void learn(std::vector<http::url> from_map);

    std::size_t size() const noexcept { return proxies_.size(); }
    /// Called when the current one has failed and another one is used from now on. Must not throw.
    std::function<void(http::url const& left, http::url const& now)> on_left = {};

private:
    struct proxy {
        http::url where;
        bool given = false;
        std::chrono::milliseconds pause{0};  // 0: has not failed recently
        time_point lengthened{};             // when the pause was last lengthened
        time_point rests_until{};
        time_point answered_at = time_point::min();
        time_point failed_at = time_point::min();
        bool well(time_point now) const noexcept { return pause.count() == 0 || rests_until <= now; }
    };

    proxy* find(http::url const& which) noexcept;
    void move_on(time_point now) noexcept;

    std::vector<proxy> proxies_;
    std::size_t current_ = 0;
    bool heard_ = false;
    std::optional<time_point> unreached_since_;
    time_point unreached_at_{};  // the last time
    duration usual_{0};          // from request to response, smoothed over all working proxies
};

/// Parses the user's endpoints: URLs separated by commas and white space; duplicates are removed. Errors: those of
/// http::parse_url, and invalid_endpoint for an empty one.
result<std::vector<http::url>> read_endpoints(std::string_view comma_separated);

}  // namespace aisle::detail
