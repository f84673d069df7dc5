#pragma once

#include <aisle/codec/json/cluster_map.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::detail {

/// What a shard knows of the cluster from its proxies' maps, and what follows from that. A plain struct, one per shard;
/// the caller fetches the maps and passes the time.
///
/// Every proxy has a map, but not all have the newest one at the same time: an older version of the same cluster's map
/// never replaces a newer one. A map of another cluster (another uuid) resets everything.
class cluster_view {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Minimum time between fetches: a fault usually hits many requests at once, and each needs a new map.
    static constexpr std::chrono::milliseconds least_age{250};
    /// AIStore behaviour: a rebalance begins with the change of membership and takes as long as objects have to move;
    /// senders of a batch have 90 s to report. Most of the confusion is over by then.
    static constexpr std::chrono::seconds unsettled{90};
    /// A cluster that lost a target, or took one out of service, may have been shrunk on purpose: after this time
    /// without a change it counts as settled. The default of retry_options::elapsed, which outlasts a target's restart;
    /// an entry that is missing for longer fails anyway.
    static constexpr std::chrono::minutes longest_uncertainty{5};

    /// A map has arrived. Counts as a fetch.
    void learn(codec::cluster_map map, time_point now);
    /// A map was requested, or is about to be; whether it arrives or not.
    void map_requested(time_point now) noexcept { requested_at_ = now; }

    /// True once a map has arrived.
    bool known() const noexcept { return map_.has_value(); }
    /// Of the newest map; 0 while none is known.
    std::uint64_t version() const noexcept { return map_ ? map_->version : 0; }
    /// False if the latest map was older than a previous one, and ignored: a node that it lacks may be new.
    bool took_newest() const noexcept { return took_newest_; }
    /// True if "host:port" (as url::authority() formats it) is a node's address in this map or the previous one: the
    /// map may have changed while a redirect was on its way.
    bool knows(std::string_view authority) const;
    /// True if it was a node's address in the previous map but not in this one.
    bool has_left(std::string_view authority) const;
    /// "host:port" of a node by its id in the map; empty if there is none.
    std::string address_of(std::string_view id) const;

    /// Earliest time of the next fetch.
    time_point next_fetch() const noexcept { return requested_at_ ? *requested_at_ + least_age : time_point::min(); }
    bool may_fetch(time_point now) const noexcept { return !requested_at_ || now - *requested_at_ >= least_age; }

    /// A node did not respond, or reported that the cluster is changing. The map may show it later, and not every proxy
    /// has the newest.
    void disturbed(time_point now) noexcept { disturbed_at_ = now; }
    static constexpr std::chrono::seconds map_is_late_by{5};

    /// True if AIStore may report "missing" for objects that exist. AIStore behaviour: the objects of a target that is
    /// lost, or out of service and not yet emptied, are looked for on other targets, which never had them. So this is
    /// true for a while after every change of the map (`unsettled`), and for longer (`longest_uncertainty`) while fewer
    /// targets serve than before, or one is out of service. False while no map is known.
    bool missing_is_uncertain(time_point now) const;

    /// True if this target ("host:port") is in service according to the map.
    bool is_in_service(std::string_view target) const { return in_service_.contains(target); }

    /// Targets that can serve a batch; 0 while no map is known.
    unsigned targets() const noexcept { return static_cast<unsigned>(targets_in_service_); }

    /// The proxies' URLs for requests: the primary first, each once, without those out of service.
    std::vector<std::string> proxy_urls() const;

private:
    using addresses = std::set<std::string, std::less<>>;

    std::optional<codec::cluster_map> map_;
    addresses now_;
    addresses before_;
    addresses in_service_;  // targets
    std::optional<time_point> requested_at_;
    bool took_newest_ = false;
    std::optional<time_point> disturbed_at_;
    std::optional<time_point> changed_at_;  // not by the first map
    time_point same_since_{};               // since this map, the first one too
    std::size_t targets_in_service_ = 0;
    std::size_t most_targets_ = 0;  // in service at once, since the cluster was last unchanged for longest_uncertainty
};

}  // namespace aisle::detail
