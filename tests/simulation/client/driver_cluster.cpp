// A shard's access to its cluster, as in engine/src/cluster/cluster_access.
#include "call.hpp"
#include "driver.hpp"

#include <algorithm>

namespace aisle::simulation {

using namespace std::chrono_literals;

// ---- the permit to have a request in flight, in FIFO order

void driver::enter(std::shared_ptr<call> c) {
    entrance_.push_back(std::move(c));
    admit();
}

void driver::leave() {
    state_.limiter.over();
    admit();
}

void driver::admit() {
    if (std::exchange(admission_planned_, true)) return;
    time_.after(0s, [this] {
        admission_planned_ = false;
        auto& limiter = state_.limiter;
        while (!entrance_.empty()) {
            if (entrance_.front()->ended() || entrance_.front()->dropped()) {
                entrance_.pop_front();
                continue;
            }
            auto const now = time_.now();
            if (!limiter.may_send(now)) {
                if (limiter.not_before() > now) time_.at(limiter.not_before(), [this] { admit(); });
                return;
            }
            limiter.sent();
            auto const c = std::move(entrance_.front());
            entrance_.pop_front();
            c->begin();
        }
    });
}

// ---- map fetches and look-ups

unsigned driver::proxy_at(http::url const& url) const {
    auto const& all = cluster_.proxies();
    auto const found = std::ranges::find(all, url.authority(), &proxy_node::authority);
    return static_cast<unsigned>(found - all.begin());
}

void driver::refresh_map() {
    if (std::exchange(refreshing_, true)) return;
    auto const began = time_.now();
    state_.view.map_requested(began);
    laws_.map_fetched(began);
    auto const number = ++refresh_number_;
    auto const proxy = state_.proxies.current();
    tells_.say(time_.passed(), "fetches the map from ", proxy.authority());
    auto const none = [this, number, proxy, began](char const* how, bool unanswered) {
        if (refresh_number_ != number || !refreshing_) return;
        tells_.say(time_.passed(), "no map: ", how);
        if (unanswered) state_.view.disturbed(time_.now());
        refresh_over(began, proxy, false);
    };
    time_.after(rules().proxy_timeout, [this, none, number, proxy, began] {
        if (refresh_number_ == number && refreshing_ && state_.proxies.is_silent(proxy, began))
            state_.proxies.failed(proxy, time_.now());
        none("no answer", true);
    });
    cluster_.ask_map(proxy_at(proxy), [this, none, number, proxy, began](auto map, auto no) {
        if (refresh_number_ != number || !refreshing_) return;
        if (no && no->http_status == 0 && state_.proxies.is_silent(proxy, began))
            state_.proxies.failed(proxy, time_.now());
        if (no) return none("refused", no->http_status == 0);
        map_came(std::move(map), proxy, began);
    });
}

void driver::map_came(std::optional<codec::cluster_map> map, http::url const& proxy, time_point began) {
    tells_.say(time_.passed(), "map v", map->version, " arrived");
    if (first_map_ == 0) first_map_ = map->version;
    state_.view.learn(std::move(*map), time_.now());
    std::vector<http::url> proxies;
    for (auto const& text : state_.view.proxy_urls())
        if (auto url = http::parse_url(text)) proxies.push_back(std::move(*url));
    state_.proxies.learn(std::move(proxies));
    state_.map_learned();
    state_.limiter.set_most(pending_mark * std::max(1u, state_.view.targets()));
    admit();
    refresh_over(began, proxy, true);
}

void driver::refresh_over(time_point began, http::url const& of, bool well) {
    state_.map_is_fresh = well;
    refreshing_ = false;
    for (auto& then : std::exchange(waiters_, {}))
        time_.after(0s, [then = std::move(then), began, of, well] { then(began, of, well); });
    for (auto& b : batches_) {
        if (b->over) continue;
        b->machine.map_seen(began, well, time_.now());
        wake_up(*b);
    }
    probe_resting_proxies();
}

void driver::see_map(map_waiter then) {
    waiters_.push_back(std::move(then));
    refresh_when_due();
}

// However many redirects lead to nodes that are in no map.
void driver::refresh_when_due() {
    if (refreshing_ || refresh_planned_ || waiters_.empty()) return;
    if (state_.view.may_fetch(time_.now())) return refresh_map();
    refresh_planned_ = true;
    time_.after(50ms, [this] {
        refresh_planned_ = false;
        refresh_when_due();
    });
}

void driver::look_up_bucket(std::string const& bucket) {
    auto const done = std::make_shared<bool>(false);
    auto const over = [this, bucket, done](std::optional<bool> has) {
        if (std::exchange(*done, true)) return;
        tells_.say(time_.passed(), bucket, !has ? ": unknown" : *has ? " has a backend" : " has no backend");
        if (has) state_.backends[bucket] = *has;
        for (auto& b : batches_) {
            if (b->over) continue;
            b->machine.bucket_seen(bucket, time_.now());
            wake_up(*b);
        }
    };
    time_.after(rules().proxy_timeout, [over] { over({}); });
    cluster_.ask_bucket(proxy_at(state_.proxies.current()), bucket, [over](auto has, auto) { over(has); });
}

void driver::probe_resting_proxies() {
    while (auto const proxy = state_.proxies.due_for_probe(time_.now())) {
        auto const began = time_.now();
        tells_.say(time_.passed(), "probes ", proxy->authority());
        cluster_.ask_health(proxy_at(*proxy), [this, url = *proxy, began](bool well) {
            // The request has its own timeout.
            if (well && time_.now() - began < rules().proxy_timeout)
                state_.proxies.answered(url, time_.now() - began, time_.now());
        });
    }
}

}  // namespace aisle::simulation
