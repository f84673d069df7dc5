#pragma once

#include "../engine/shard_counters.hpp"
#include "cluster_view.hpp"
#include "hedge_rule.hpp"
#include "proxy_list.hpp"
#include "request_limiter.hpp"
#include "target_scores.hpp"
#include "token_source.hpp"
#include "wake_list.hpp"

#include <aisle/http/client.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <random>

namespace aisle::detail {

/// A shard's way into its cluster: which proxy to ask, how many requests at a time, where a redirect may lead, and what
/// was learnt of the targets. One thread, the shard's; outlives the requests made through it.
class cluster_access {
public:
    using clock = std::chrono::steady_clock;

    /// shards: among how many such accesses the cluster's patience is shared out.
    /// who: the identity shown to proxies, and to nobody else.
    cluster_access(http::executor ex, http::client& client, std::vector<http::url> proxies, credentials who,
                   unsigned shards, shard_counters& counters);

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
    /// Waits, first come, first served, until one more request may be under way. Empty when cancelled.
    http::task<permit> enter();

    /// Asks the current proxy with r's path, query and body, and follows its redirect to the target, which is not given
    /// the token. Any status is a success here. retry_after is set where a server asked for a pause; what the request
    /// was held back for, because its target does badly, is added to held_back. Errors: those of http::client::open;
    /// bad_redirect for one that leads out of the cluster.
    http::task<result<http::response>> ask(http::request r, std::optional<std::chrono::milliseconds>& retry_after,
                                           std::chrono::milliseconds& held_back);

    /// True when the cluster may have just said "missing" of what it has, as it lost or gained a node lately. Looks at
    /// its map. A cluster without one is believed.
    http::task<bool> missing_is_doubtful();

    target_scores& scores() noexcept { return scores_; }
    hedge_rule& hedges() noexcept { return hedges_; }
    /// True when one more request, on top of what is needed, would harm nobody.
    bool has_room(clock::time_point now) const { return limiter_.calm(now) && limiter_.may_send(now); }
    /// Uniform in [0, 1).
    double draw() { return std::uniform_real_distribution<double>(0, 1)(random_); }

private:
    friend class permit;

    http::task<result<http::response>> ask_proxy(http::request& r);
    http::task<result<http::response>> ask_proxy_once(http::request& r);
    http::task<result<http::url>> where_to(http::response& answer, http::url const& asked);
    void look_at_map();
    http::task<void> see_map();
    http::task<bool> fetch_map();
    void note_refusal(http::response const& answer, std::optional<std::chrono::milliseconds>& retry_after);
    void leave();

    http::executor executor_;
    http::client& client_;
    unsigned const shards_;
    shard_counters& counters_;
    proxy_list proxies_;
    token_source token_;
    cluster_view view_;
    target_scores scores_;
    hedge_rule hedges_;
    request_limiter limiter_;
    wake_list entrance_;
    wake_list map_seen_;
    bool looking_ = false;
    bool look_succeeded_ = false;
    clock::time_point look_began_{};  // of the last one that is over
    std::minstd_rand random_;
};

}  // namespace aisle::detail
