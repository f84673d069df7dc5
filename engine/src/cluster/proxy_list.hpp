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

/// Which proxy to ask. A plain struct, one a shard; the caller brings the time.
///
/// Any proxy can serve any request, so one that works is kept: connections to it are warm. One that failed is left for
/// the next in the list, and rests for a pause that grows while it goes on failing. There is always a current one: when
/// all have failed, the one whose pause ends first.
///
/// A proxy answers in milliseconds or is sick, so it has a limit of its own (limit()). But AIStore behaviour: the proxy
/// asks the target before it redirects, so one request may hang while the proxy is well. is_silent() tells the two
/// apart.
class proxy_list {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::nanoseconds;

    /// A restarted proxy is back within seconds, a lost one is not worth a connect timeout more than once a minute.
    static constexpr std::chrono::milliseconds first_pause{1'000};
    static constexpr std::chrono::milliseconds longest_pause{60'000};
    /// A request that a live proxy has not answered is made again after this many times the usual.
    static constexpr int times_of_usual = 20;
    static constexpr std::chrono::milliseconds least_redraw{250};

    /// given: what the user named, at least one, in the order of preference. They stay for ever: a map may name
    /// addresses that cannot be reached from here.
    explicit proxy_list(std::vector<http::url> given);

    http::url const& current() const noexcept { return proxies_[current_].where; }
    /// The current one; for a hedge, another that has not failed lately where there is one.
    http::url const& choose(bool another, time_point now) const noexcept;

    /// No answer from this one, or one that says that it cannot serve. Many requests of one outage report; together
    /// they count once a pause.
    void failed(http::url const& which, time_point now);
    /// It answered, and well, this long after it was asked.
    void answered(http::url const& which, duration took, time_point now);
    /// Any of them has said something, well or not. answered() implies it.
    void heard() noexcept;
    /// When the first request failed, if none of them has ever said anything. A new count begins after a minute without
    /// failures.
    std::optional<time_point> unreached_since() const noexcept { return unreached_since_; }
    /// True when nothing at all has come from it since then.
    bool is_silent(http::url const& which, time_point since) const noexcept;
    /// True when it has failed since then and has not answered after that.
    bool has_failed_since(http::url const& which, time_point since) const noexcept;

    /// A proxy that has not answered for this long is sick. proxy_timeout: engine_options::proxy_timeout.
    duration limit(duration proxy_timeout) const noexcept;
    /// A request that a proxy has not answered for this long is better made again.
    duration redraw_after(duration proxy_timeout) const noexcept;

    /// One that failed and whose pause is over, to be looked at in the background; its pause begins anew.
    std::optional<http::url> due_for_probe(time_point now);

    /// The proxies of a cluster map, in order of preference. They replace those of the map before; the current one
    /// stays the current one while it is in the list.
    void learn(std::vector<http::url> from_map);

    std::size_t size() const noexcept { return proxies_.size(); }
    /// Told when the current one has failed and another is asked from now on. Must not throw.
    std::function<void(http::url const& left, http::url const& now)> on_left = {};

private:
    struct proxy {
        http::url where;
        bool given = false;
        std::chrono::milliseconds pause{0};  // 0: has not failed lately
        time_point lengthened{};             // when the pause got its length
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
    duration usual_{0};          // from request to answer, smoothed over all proxies that are well
};

/// The endpoints a user may name: URLs with commas between them, white space around them, each taken once. Errors:
/// those of http::parse_url, and invalid_endpoint for an empty one.
result<std::vector<http::url>> read_endpoints(std::string_view comma_separated);

}  // namespace aisle::detail
