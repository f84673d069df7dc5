#pragma once

#include "../engine/shard_counters.hpp"
#include "../sight/engine_log.hpp"
#include "cluster_state.hpp"
#include "token_source.hpp"
#include "wake_list.hpp"

#include <aisle/http/client.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace aisle::detail {

/// Receives changes of the cluster's state. Called on the shard's thread.
class cluster_watcher {
public:
    /// A map fetch that began at `began` has ended.
    virtual void map_seen(std::chrono::steady_clock::time_point began, bool well) noexcept = 0;
    /// cluster_state now shows whether this bucket has a backend.
    virtual void bucket_seen(std::string_view bucket) noexcept = 0;

protected:
    ~cluster_watcher() = default;
};

/// A shard's access to its cluster: carries requests to proxies and targets. Its decisions are made by cluster_state.
/// One thread, the shard's; outlives the requests made through it.
class cluster_access {
public:
    using clock = std::chrono::steady_clock;

    /// shards: number of shards that share the per-target request limit. who: the credentials shown to proxies only.
    /// proxy_timeout: engine_options::proxy_timeout. cold_gets: engine_options::cold_gets. counters and log outlive it.
    cluster_access(http::executor ex, http::client& client, std::vector<http::url> proxies, credentials who,
                   unsigned shards, std::chrono::milliseconds proxy_timeout, unsigned cold_gets,
                   shard_counters& counters, engine_log& log);

    cluster_state& state() noexcept { return state_; }
    std::chrono::milliseconds proxy_timeout() const noexcept { return proxy_timeout_; }

    /// A permit to have one request in flight. Move-only.
    class permit {
    public:
        permit() = default;
        explicit permit(cluster_access& of) noexcept : of_(&of) {}
        permit(permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        permit& operator=(permit&& other) noexcept {
            std::swap(of_, other.of_);
            return *this;
        }
        ~permit() {
            if (of_) of_->leave();
        }
        explicit operator bool() const noexcept { return of_ != nullptr; }

    private:
        cluster_access* of_ = nullptr;
    };
    /// Waits in FIFO order until the limiter allows one more request. Empty if cancelled.
    http::task<permit> enter();

    /// Sends r's path, query and body, and the token, to this proxy. Any status is a success; redirects are not
    /// followed. Errors: those of http::client::open.
    http::task<result<http::response>> ask_proxy(http::request& r, http::url const& proxy);
    /// The same for a Get-Batch request. It continues if its caller is cancelled: a redirect that arrives later is
    /// followed and closed, and r is left empty.
    http::task<result<http::response>> ask_proxy_to_the_end(http::request& r, http::url const& proxy);
    /// The target of its redirect, after the response was drained. is_object: of GET /v1/objects/. Errors: bad_redirect
    /// for a node that is not in the cluster map; map_unavailable if there is no map to check.
    http::task<result<http::url>> where_to(http::response& answer, http::url const& asked, bool is_object);
    /// Sends the request to the target that the proxy named, without the token.
    http::task<result<http::response>> follow(http::request r, http::url to);
    /// Follows a redirect and closes immediately, in the background: its peers then drop the work item too (AIStore
    /// behaviour: a redirect that is not followed keeps a pending slot for minutes).
    void follow_and_close(http::request r, http::url to);

    /// Starts a map fetch unless one is in progress; watchers are notified at its end.
    void refresh_map();
    /// Finds out if the bucket has a backend (HEAD, Ais-Bucket-Props); watchers are notified.
    void look_up_bucket(std::string bucket);
    void watch(cluster_watcher& w) { watchers_.push_back(&w); }
    void unwatch(cluster_watcher& w) { std::erase(watchers_, &w); }

    /// Uniform in [0, 1).
    double draw() { return std::uniform_real_distribution<double>(0, 1)(random_); }

private:
    friend class permit;

    void leave();
    http::task<void> see_map_with(std::string node);
    http::task<bool> fetch_map();
    void map_refreshed(bool well) noexcept;
    http::task<void> ask_for_backend(std::string bucket);
    http::task<void> probe_proxy(http::url proxy);
    void probe_resting_proxies();
    void tell_of_nodes();
    void tell_of_map(std::uint64_t before);
    void no_map_from(http::url const& proxy, error const& why, bool is_unwell);
    void tell_of_no_map(http::url const& proxy, error const* why);
    http::task<void> follow_only(http::request r, http::url to);
    struct question;
    http::task<void> carry(std::shared_ptr<question> q, http::url proxy);

    http::executor executor_;
    http::client& client_;
    unsigned const shards_;
    std::chrono::milliseconds const proxy_timeout_;
    shard_counters& counters_;
    engine_log& log_;
    cluster_state state_;
    token_source token_;
    wake_list entrance_;
    wake_list map_seen_;
    std::vector<cluster_watcher*> watchers_;
    std::set<std::string> bucket_lookups_;  // being looked up
    http::url map_from_;                    // the proxy that sent the newest map
    int map_status_ = 0;                    // status of the last map fetch; 0: no response
    bool refreshing_ = false;
    clock::time_point refresh_began_{};  // of the current or last fetch
    std::minstd_rand random_;
};

}  // namespace aisle::detail
