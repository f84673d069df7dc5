// A shard's way into its cluster, as engine/src/cluster/cluster_access goes it.
#include "call.hpp"
#include "driver.hpp"

#include <algorithm>

namespace aisle::simulation {

using namespace std::chrono_literals;

// ---- the right to have a request under way: first come, first served

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

// ---- looks

unsigned driver::proxy_at(http::url const& url) const {
    auto const& all = cluster_.proxies();
    auto const found = std::ranges::find(all, url.authority(), &proxy_node::authority);
    return static_cast<unsigned>(found - all.begin());
}

void driver::look_at_map() {
    if (std::exchange(looking_, true)) return;
    auto const began = time_.now();
    state_.view.looked(began);
    laws_.looked(began);
    auto const number = ++look_;
    auto const proxy = state_.proxies.current();
    tells_.say(time_.passed(), "looks at the map of ", proxy.authority());
    auto const none = [this, number, proxy, began](char const* how, bool unanswered) {
        if (look_ != number || !looking_) return;
        tells_.say(time_.passed(), "no map: ", how);
        if (unanswered) state_.view.disturbed(time_.now());
        look_over(began, proxy, false);
    };
    time_.after(rules().proxy_timeout, [this, none, number, proxy, began] {
        if (look_ == number && looking_ && state_.proxies.is_silent(proxy, began))
            state_.proxies.failed(proxy, time_.now());
        none("no answer", true);
    });
    cluster_.ask_map(proxy_at(proxy), [this, none, number, proxy, began](auto map, auto no) {
        if (look_ != number || !looking_) return;
        if (no && no->http_status == 0 && state_.proxies.is_silent(proxy, began))
            state_.proxies.failed(proxy, time_.now());
        if (no) return none("refused", no->http_status == 0);
        map_came(std::move(map), proxy, began);
    });
}

void driver::map_came(std::optional<codec::cluster_map> map, http::url const& proxy, time_point began) {
    tells_.say(time_.passed(), "map v", map->version, " is here");
    if (first_map_ == 0) first_map_ = map->version;
    state_.view.learn(std::move(*map), time_.now());
    std::vector<http::url> proxies;
    for (auto const& text : state_.view.proxy_urls())
        if (auto url = http::parse_url(text)) proxies.push_back(std::move(*url));
    state_.proxies.learn(std::move(proxies));
    state_.map_learned();
    state_.limiter.set_most(pending_mark * std::max(1u, state_.view.targets()));
    admit();
    look_over(began, proxy, true);
}

void driver::look_over(time_point began, http::url const& of, bool well) {
    state_.map_is_fresh = well;
    looking_ = false;
    for (auto& then : std::exchange(waiters_, {}))
        time_.after(0s, [then = std::move(then), began, of, well] { then(began, of, well); });
    for (auto& b : batches_) {
        if (b->over) continue;
        b->machine.map_seen(began, well, time_.now());
        poke(*b);
    }
    probe_resting_proxies();
}

void driver::see_map(map_waiter then) {
    waiters_.push_back(std::move(then));
    look_when_due();
}

// However many redirects lead to nodes that no map names.
void driver::look_when_due() {
    if (looking_ || look_planned_ || waiters_.empty()) return;
    if (state_.view.wants_look(time_.now())) return look_at_map();
    look_planned_ = true;
    time_.after(50ms, [this] {
        look_planned_ = false;
        look_when_due();
    });
}

void driver::look_at_bucket(std::string const& bucket) {
    auto const done = std::make_shared<bool>(false);
    auto const over = [this, bucket, done](std::optional<bool> has) {
        if (std::exchange(*done, true)) return;
        tells_.say(time_.passed(), bucket, !has ? ": nothing is known" : *has ? " has a backend" : " has no backend");
        if (has) state_.backends[bucket] = *has;
        for (auto& b : batches_) {
            if (b->over) continue;
            b->machine.bucket_seen(bucket, time_.now());
            poke(*b);
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
            // The request has a limit of its own.
            if (well && time_.now() - began < rules().proxy_timeout)
                state_.proxies.answered(url, time_.now() - began, time_.now());
        });
    }
}

}  // namespace aisle::simulation
