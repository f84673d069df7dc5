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

/// What a shard has learned of its cluster, and all its batches use for their decisions. No I/O, no clock: the caller
/// passes the time. The simulation uses the same struct with a modelled cluster.
struct cluster_state {
    using time_point = std::chrono::steady_clock::time_point;

    cluster_state(std::vector<http::url> given, unsigned most_requests, unsigned cold_gets)
        : proxies(std::move(given)), limiter(most_requests), most_cold(cold_gets) {}

    proxy_list proxies;
    cluster_view view;
    target_book targets;
    request_limiter limiter;
    hedge_budget budget;

    /// Whether a bucket has a backend from which AIStore fetches missing objects; no element while unknown. Kept for
    /// the life of the shard.
    std::map<std::string, bool, std::less<>> backends;

    /// Plain GETs that fetch cold objects: how many may be in flight, and how many are.
    unsigned most_cold;
    unsigned cold_under_way = 0;

    /// Cold entries delivered after a plain GET.
    std::uint64_t cold_delivered = 0;
    std::uint64_t redirects_left = 0;

    /// The newest map fetch succeeded.
    bool map_is_fresh = false;

    /// Call after `view` has learned a map.
    void map_learned() {
        targets.set_known(view.targets());
        targets.forget_left([this](std::string_view target) { return !view.is_in_service(target); });
    }

    /// True if the cluster has capacity for an optional request.
    bool has_capacity(time_point now) const { return limiter.calm(now) && limiter.may_send(now); }
};

}  // namespace aisle::detail
