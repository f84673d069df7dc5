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

/// Who wants to know what the cluster is found to be. Told on the shard's thread.
class cluster_watcher {
public:
    /// A look at the map that began then is over.
    virtual void map_seen(std::chrono::steady_clock::time_point began, bool well) noexcept = 0;
    /// Whether this bucket has a backend is in cluster_state.
    virtual void bucket_seen(std::string_view bucket) noexcept = 0;

protected:
    ~cluster_watcher() = default;
};

/// A shard's way into its cluster: carries requests to proxies and targets. What it is decided by is cluster_state.
/// One thread, the shard's; outlives the requests made through it.
class cluster_access {
public:
    using clock = std::chrono::steady_clock;

    /// shards: number of shards that share what the cluster takes. who: the identity shown to proxies, and to nothing
    /// else. proxy_timeout: engine_options::proxy_timeout. cold_gets: engine_options::cold_gets. counters and log
    /// outlive it.
    cluster_access(http::executor ex, http::client& client, std::vector<http::url> proxies, credentials who,
                   unsigned shards, std::chrono::milliseconds proxy_timeout, unsigned cold_gets,
                   shard_counters& counters, engine_log& log);

    cluster_state& state() noexcept { return state_; }
    std::chrono::milliseconds proxy_timeout() const noexcept { return proxy_timeout_; }

    /// The right to have one request under way. Move-only.
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
    /// Waits, first come, first served, until the limiter lets one more request go. Empty when cancelled.
    http::task<permit> enter();

    /// Asks this proxy with r's path, query and body, showing the token. Any status is a success; a redirect is not
    /// followed. Errors: those of http::client::open.
    http::task<result<http::response>> ask_proxy(http::request& r, http::url const& proxy);
    /// The same for a Get-Batch request. It continues when its caller is cancelled: a redirect that arrives after that
    /// is followed and closed, and r is left empty.
    http::task<result<http::response>> ask_proxy_to_the_end(http::request& r, http::url const& proxy);
    /// Where its redirect leads, once the answer was drained. is_object: of GET /v1/objects/. Errors: bad_redirect for
    /// a node that the cluster's map does not name; map_unavailable when there is no map to look in.
    http::task<result<http::url>> where_to(http::response& answer, http::url const& asked, bool is_object);
    /// Asks the target that the proxy named, without the token.
    http::task<result<http::response>> follow(http::request r, http::url to);
    /// Follows a redirect and closes at once, in the background: its peers then drop the work item too (AIStore
    /// behaviour: one that is not followed keeps a pending place for minutes).
    void follow_and_close(http::request r, http::url to);

    /// Begins a look at the map unless one is under way; watchers are told when it is over.
    void look_at_map();
    /// Finds out whether the bucket has a backend (HEAD, Ais-Bucket-Props); watchers are told.
    void look_at_bucket(std::string bucket);
    void watch(cluster_watcher& w) { watchers_.push_back(&w); }
    void unwatch(cluster_watcher& w) { std::erase(watchers_, &w); }

    /// Uniform in [0, 1).
    double draw() { return std::uniform_real_distribution<double>(0, 1)(random_); }

private:
    friend class permit;

    void leave();
    http::task<void> see_map_with(std::string node);
    http::task<bool> fetch_map();
    void map_looked_at(bool well) noexcept;
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
    std::set<std::string> buckets_looked_at_;  // now
    http::url map_from_;                       // the proxy that gave the newest map
    int map_status_ = 0;                       // of the answer to the last look; 0: none came
    bool looking_ = false;
    clock::time_point look_began_{};  // of the one under way, or the last
    std::minstd_rand random_;
};

}  // namespace aisle::detail
