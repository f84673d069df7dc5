#pragma once

#include <aisle/codec/cluster_map.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::detail {

/// What a shard knows of the cluster from the maps its proxies gave, and what follows from that. A plain struct, one a
/// shard; the caller fetches the maps and brings the time.
///
/// Every proxy has the map, but not every proxy has the newest at the same moment: an older version of the same
/// cluster's map never replaces a newer one. A map of another cluster (another uuid) begins everything anew.
class cluster_view {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// At most one look in this time: a fault mostly hits many requests at once, and each of them wants to know.
    static constexpr std::chrono::milliseconds least_age{250};
    /// AIStore behaviour: a rebalance begins with the change of membership and moves objects for as long as it takes;
    /// senders of a batch have 90 s to show themselves. Most of the confusion is over by then.
    static constexpr std::chrono::seconds unsettled{90};
    /// A cluster that lost a target, or took one out of service, may have been shrunk on purpose: after so long without
    /// a change it is taken as it is. The default of retry_options::elapsed, which outlasts a target's restart; an
    /// entry that is missing for longer fails anyway.
    static constexpr std::chrono::minutes longest_doubt{5};

    /// A map has come. Counts as a look.
    void learn(codec::cluster_map map, time_point now);
    /// Somebody has asked for a map, or is about to; also when none came.
    void looked(time_point now) noexcept { looked_at_ = now; }

    /// True once a map has come.
    bool known() const noexcept { return map_.has_value(); }
    /// Of the newest map; 0 while none is known.
    std::uint64_t version() const noexcept { return map_ ? map_->version : 0; }
    /// False when the map that came last was older than one before, and was put aside: what it does not name may be
    /// new.
    bool took_newest() const noexcept { return took_newest_; }
    /// True when "host:port" (as url::authority() gives it) is an address of a node of this map or of the one before:
    /// a redirect may have been on its way while the map changed.
    bool knows(std::string_view authority) const;
    /// True when it was the address of a node by the map before, and is none by this one.
    bool has_left(std::string_view authority) const;
    /// "host:port" of a node by its id in the map; empty when there is none.
    std::string address_of(std::string_view id) const;

    /// When the next look may be made.
    time_point next_look() const noexcept { return looked_at_ ? *looked_at_ + least_age : time_point::min(); }
    bool wants_look(time_point now) const noexcept { return !looked_at_ || now - *looked_at_ >= least_age; }

    /// A node did not answer, or said that the cluster is changing. The map may show it only later, and not every proxy
    /// has the newest.
    void disturbed(time_point now) noexcept { disturbed_at_ = now; }
    static constexpr std::chrono::seconds map_is_late_by{5};

    /// True when AIStore may call "missing" what is there. AIStore behaviour: the objects of a target that is lost,
    /// or out of service and not yet emptied, are looked for on other targets, which never had them. So this holds
    /// for a while after every change of the map (`unsettled`), and for longer (`longest_doubt`) while fewer targets
    /// serve than did before, or one is out of service. False while no map is known.
    bool missing_is_doubtful(time_point now) const;

    /// True when the map says that this target ("host:port") is in service.
    bool is_in_service(std::string_view target) const { return in_service_.contains(target); }

    /// Targets that can answer a batch; 0 while no map is known.
    unsigned targets() const noexcept { return static_cast<unsigned>(targets_in_service_); }

    /// Where the cluster's proxies take requests: the primary's first, each once, none that is out of service.
    std::vector<std::string> proxy_urls() const;

private:
    using addresses = std::set<std::string, std::less<>>;

    std::optional<codec::cluster_map> map_;
    addresses now_;
    addresses before_;
    addresses in_service_;  // targets
    std::optional<time_point> looked_at_;
    bool took_newest_ = false;
    std::optional<time_point> disturbed_at_;
    std::optional<time_point> changed_at_;  // not by the first map
    time_point same_since_{};               // the map, the first one too
    std::size_t targets_in_service_ = 0;
    std::size_t most_targets_ = 0;  // in service at once, since the cluster last stayed the same for longest_doubt
};

}  // namespace aisle::detail
