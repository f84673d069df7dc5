#pragma once

#include "cluster_view.hpp"
#include "hedge_budget.hpp"
#include "proxy_list.hpp"
#include "request_limiter.hpp"
#include "target_book.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle::detail {

/// What a shard has learned of its cluster, and what all its batches decide by. No I/O, no clock: whoever drives it
/// brings the time. In the simulation the same struct stands before a modelled cluster.
struct cluster_state {
    using time_point = std::chrono::steady_clock::time_point;

    cluster_state(std::vector<http::url> given, unsigned most_requests, unsigned cold_gets)
        : proxies(std::move(given)), limiter(most_requests), most_cold(cold_gets) {}

    proxy_list proxies;
    cluster_view view;
    target_book targets;
    request_limiter limiter;
    hedge_budget budget;

    /// Whether a bucket has a backend from which AIStore fetches what it does not hold; nothing while nobody has asked.
    /// Answers stay for the life of the shard.
    std::map<std::string, bool, std::less<>> backends;

    /// Plain GETs that fetch objects of a cloud into the cluster: how many may be under way, and are.
    unsigned most_cold;
    unsigned cold_under_way = 0;

    /// Entries that a cloud had and the cluster did not, delivered after a plain GET.
    std::uint64_t cold_delivered = 0;
    std::uint64_t redirects_left = 0;

    /// The newest look at the map brought one.
    bool map_is_fresh = false;

    /// To be called when `view` has learned a map.
    void map_learned() {
        targets.set_known(view.targets());
        targets.forget_left([this](std::string_view target) { return !view.is_in_service(target); });
    }

    /// True when a request beyond what is needed harms nobody.
    bool has_room(time_point now) const { return limiter.calm(now) && limiter.may_send(now); }
};

}  // namespace aisle::detail
