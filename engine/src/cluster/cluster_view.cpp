#include "cluster_view.hpp"

#include <aisle/http/url.hpp>

#include <algorithm>
#include <utility>

namespace aisle::detail {
namespace {

using addresses = std::set<std::string, std::less<>>;

// Invalid addresses are skipped: no redirect can name them.
void add(addresses& to, std::string const& text) {
    if (auto const url = http::parse_url(text)) to.insert(url->authority());
}

void add(addresses& to, codec::cluster_node const& node) {
    add(to, node.url);
    for (auto const& other : node.other_urls) add(to, other);
}

addresses addresses_in(codec::cluster_map const& map) {
    addresses out;
    for (auto const* nodes : {&map.proxies, &map.targets})
        for (auto const& node : *nodes) add(out, node);
    add(out, map.primary_url);
    return out;
}

bool serves(codec::cluster_node const& node) {
    return !node.out_of_service;
}

}  // namespace

void cluster_view::learn(codec::cluster_map map, time_point now) {
    map_requested(now);
    bool const another_cluster = map_ && map_->uuid != map.uuid;
    if (another_cluster) {
        changed_at_.reset();
        same_since_ = now;
        now_.clear();
        most_targets_ = 0;
    } else if (!map_) {
        same_since_ = now;
    } else {
        bool const same_targets =
            std::ranges::equal(map_->targets, map.targets, {}, &codec::cluster_node::id, &codec::cluster_node::id);
        took_newest_ = map.version >= map_->version;
        if (!took_newest_) return;
        if (map.version != map_->version || !same_targets) {
            if (now - same_since_ >= longest_uncertainty) most_targets_ = targets_in_service_;
            changed_at_ = same_since_ = now;
        }
    }
    auto next = addresses_in(map);
    if (another_cluster || next != now_) before_ = std::exchange(now_, std::move(next));
    targets_in_service_ = static_cast<std::size_t>(std::ranges::count_if(map.targets, serves));
    in_service_.clear();
    for (auto const& node : map.targets)
        if (serves(node)) add(in_service_, node);
    most_targets_ = std::max(most_targets_, targets_in_service_);
    took_newest_ = true;
    map_ = std::move(map);
}

bool cluster_view::knows(std::string_view authority) const {
    return now_.contains(authority) || before_.contains(authority);
}

bool cluster_view::has_left(std::string_view authority) const {
    return before_.contains(authority) && !now_.contains(authority);
}

std::string cluster_view::address_of(std::string_view id) const {
    if (!map_) return {};
    for (auto const* nodes : {&map_->targets, &map_->proxies})
        for (auto const& node : *nodes)
            if (node.id == id)
                if (auto const url = http::parse_url(node.url)) return url->authority();
    return {};
}

bool cluster_view::missing_is_uncertain(time_point now) const {
    if (!map_) return false;
    if (disturbed_at_ && now - *disturbed_at_ < map_is_late_by) return true;
    if (changed_at_ && now - *changed_at_ < unsettled) return true;
    bool const fewer = targets_in_service_ < most_targets_ || targets_in_service_ < map_->targets.size();
    return fewer && now - same_since_ < longest_uncertainty;
}

std::vector<std::string> cluster_view::proxy_urls() const {
    if (!map_) return {};
    std::vector<std::string> urls{map_->primary_url};
    for (auto const& node : map_->proxies)
        if (serves(node) && std::ranges::find(urls, node.url) == urls.end()) urls.push_back(node.url);
    return urls;
}

}  // namespace aisle::detail
