#pragma once

#include <aisle/http/url.hpp>
#include <aisle/result.hpp>

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

namespace aisle::detail {

/// Which proxy to ask. A plain struct, one a shard; the caller brings the time.
///
/// Any proxy can serve any request, so one that works is kept: connections to it are warm. One that failed is left for
/// the next in the list, and left alone for a pause that grows while it goes on failing. There is always a current
/// one: when all have failed, the one whose pause ends first.
class proxy_list {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A restarted proxy is back within seconds, a lost one is not worth a connect timeout more than once a minute.
    static constexpr std::chrono::milliseconds first_pause{1'000};
    static constexpr std::chrono::milliseconds longest_pause{60'000};

    /// given: what the user named, at least one, in the order of preference. They stay for ever: a map may name
    /// addresses that cannot be reached from here.
    explicit proxy_list(std::vector<http::url> given);

    http::url const& current() const noexcept { return proxies_[current_].where; }

    /// No answer from this one, or one that says that it cannot serve. Many requests of one outage report; together
    /// they count once a pause.
    void failed(http::url const& which, time_point now);
    void succeeded(http::url const& which);

    /// The proxies of a cluster map, in order of preference. They replace those of the map before; the current one
    /// stays the current one while it is in the list.
    void learn(std::vector<http::url> from_map);

    std::size_t size() const noexcept { return proxies_.size(); }

private:
    struct proxy {
        http::url where;
        bool given = false;
        std::chrono::milliseconds pause{0};  // 0: has not failed lately
        time_point lengthened{};             // when the pause got its length
        time_point rests_until{};
    };

    proxy* find(http::url const& which) noexcept;
    void move_on(time_point now) noexcept;

    std::vector<proxy> proxies_;
    std::size_t current_ = 0;
};

/// The endpoints a user may name: URLs with commas between them, white space around them, each taken once. Errors:
/// those of http::parse_url, and invalid_endpoint for an empty one.
result<std::vector<http::url>> read_endpoints(std::string_view comma_separated);

}  // namespace aisle::detail
