#include "cluster_access.hpp"

#include "../engine/cancellation.hpp"
#include "../engine/certain_end.hpp"
#include "../entry/bucket_uri.hpp"
#include "../request/answer_text.hpp"
#include "../request/cluster_path.hpp"
#include "../request/redirect_target.hpp"

#include <aisle/codec/json/bucket_props.hpp>
#include <aisle/codec/json/cluster_map.hpp>
#include <aisle/codec/json/get_batch.hpp>
#include <aisle/http/redirect.hpp>
#include <aisle/recycler.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>

namespace aisle::detail {
namespace {

using std::chrono::milliseconds;

// Pending requests per target above which AIStore slows down; at 256 it refuses.
constexpr unsigned pending_mark = 96;

constexpr char const* authorization_field = "Authorization";

void forget_token(http::request& r) {
    std::erase_if(r.extra, [](http::field const& f) { return f.name == authorization_field; });
}

}  // namespace

cluster_access::cluster_access(http::executor ex, http::client& client, std::vector<http::url> proxies, credentials who,
                               unsigned shards, milliseconds proxy_timeout, unsigned cold_gets,
                               shard_counters& counters, engine_log& log)
    : executor_(ex),
      client_(client),
      shards_(shards),
      proxy_timeout_(proxy_timeout),
      counters_(counters),
      log_(log),
      state_(std::move(proxies), std::max(1u, pending_mark / shards), std::max(1u, cold_gets / shards)),
      token_(std::move(who)),
      entrance_(ex),
      map_seen_(ex),
      random_(std::random_device{}()) {
    tell_of_nodes();
}

void cluster_access::tell_of_nodes() {
    state_.targets.on_health = [this](std::string_view target, bool sick, milliseconds penalty) {
        if (sick)
            log_.tell(log_level::warning, "target.sick", {{"target", target}, {"avoided_ms", penalty.count()}});
        else
            log_.tell(log_level::info, "target.well", {{"target", target}});
    };
    state_.proxies.on_left = [this](http::url const& left, http::url const& now) {
        if (!log_.wants(log_level::warning)) return;
        auto const from = left.authority();
        auto const to = now.authority();
        log_.tell(log_level::warning, "proxy.left", {{"proxy", from}, {"next", to}});
    };
}

// ---- admission

http::task<cluster_access::permit> cluster_access::enter() {
    auto& limiter = state_.limiter;
    bool in_turn = entrance_.empty();
    // A waiter that leaves without a permit wakes the next one, also if the coroutine is destroyed.
    struct turn {
        wake_list& entrance;
        bool used = false;
        ~turn() {
            if (!used) entrance.wake_one();
        }
    } mine{entrance_};
    for (;;) {
        auto const slot = co_await boost::asio::this_coro::cancellation_state;
        if (is_cancelled(slot)) co_return permit();
        auto const now = clock::now();
        if (limiter.may_send(now) && in_turn) {
            limiter.sent();
            mine.used = true;
            if (limiter.may_send(now)) entrance_.wake_one();
            co_return permit(*this);
        }
        auto const pause_ends = limiter.not_before();
        auto waiting = entrance_.wait(pause_ends > now ? pause_ends : clock::time_point::max());
        co_await std::move(waiting);
        in_turn = true;
    }
}

void cluster_access::leave() {
    state_.limiter.over();
    entrance_.wake_one();
}

// ---- one request's way

// A refused token may have been replaced in its file since.
http::task<result<http::response>> cluster_access::ask_proxy(http::request& r, http::url const& proxy) {
    if (!state_.view.known() && state_.view.may_fetch(clock::now())) refresh_map();
    r.target.host = proxy.host;
    r.target.port = proxy.port;
    r.target.secure = proxy.secure;
    for (bool refreshed = false;; refreshed = true) {
        auto const authorization = token_.authorization();
        if (!authorization) co_return authorization.error();
        std::string const shown(*authorization);
        forget_token(r);
        if (!shown.empty()) r.extra.push_back({authorization_field, shown});
        auto asking = client_.ask(r, r.target);
        auto opened = co_await std::move(asking);
        if (opened) state_.proxies.heard();
        // If the response raises the limit, the next waiter may proceed.
        if (state_.limiter.may_send(clock::now())) entrance_.wake_one();
        if (!opened || opened->status() != 401 || refreshed || !token_.refresh(shown)) co_return opened;
        auto draining = opened->drain();
        co_await std::move(draining);
    }
}

// Shared by a caller and the coroutine that makes its request; either may end first.
struct cluster_access::question {
    question(http::executor ex, http::request&& r) : request(std::move(r)), answered(ex, clock::time_point::max()) {}

    http::request request;
    std::optional<result<http::response>> answer;
    std::exception_ptr failure;
    http::timer answered;
    bool abandoned = false;
};

http::task<result<http::response>> cluster_access::ask_proxy_to_the_end(http::request& r, http::url const& proxy) {
    auto const q = std::allocate_shared<question>(recycled<question>(), executor_, std::move(r));
    boost::asio::co_spawn(executor_, carry(q, proxy), certain_end([q](std::exception_ptr failure) noexcept {
                              q->failure = std::move(failure);
                              q->answered.cancel();
                          }));
    // It may already have a response.
    if (!q->answer && !q->failure) co_await q->answered.async_wait(http::use_task_tuple);
    if (q->failure) std::rethrow_exception(q->failure);
    if (!q->answer) {
        q->abandoned = true;
        co_return cancelled();
    }
    r = std::move(q->request);
    co_return std::move(*q->answer);
}

http::task<void> cluster_access::carry(std::shared_ptr<question> q, http::url proxy) {
    auto asking = ask_proxy(q->request, proxy);
    auto answer = co_await std::move(asking);
    if (!q->abandoned) {
        q->answer = std::move(answer);
        co_return;
    }
    if (!answer || !http::is_redirect(answer->status())) co_return;
    auto finding = where_to(*answer, q->request.target, false);
    auto to = co_await std::move(finding);
    if (to) follow_and_close(std::move(q->request), std::move(*to));
}

http::task<result<http::url>> cluster_access::where_to(http::response& answer, http::url const& asked, bool is_object) {
    auto to = is_object ? object_redirect(asked, answer.status(), answer.header("Location"))
                        : http::follow(asked, {answer.status(), answer.header("Location"), "GET", 0, 1});
    int const status = answer.status();
    auto draining = answer.drain();
    co_await std::move(draining);
    if (!to || to->host == asked.host || state_.view.knows(to->authority())) co_return to;
    // A node that joined, or the first redirect.
    auto map_wait = see_map_with(to->authority());
    co_await std::move(map_wait);
    if (state_.view.knows(to->authority())) co_return to;
    auto const words = asked.authority() + " redirects to " + to->authority() + ", ";
    // Without a map that is newer than the redirect, the node is unknown.
    error e{errc::map_unavailable, stage::redirect, words + "and the cluster map could not be fetched to check it"};
    if (map_status_ != 0 && map_status_ != 200) e.text += ": HTTP " + std::to_string(map_status_);
    // A server without any map is not an AIStore proxy: a retry will not help.
    if (map_status_ == 404) e.code = errc::bad_redirect;
    // A proxy's map is never older than its redirect; another proxy's may be.
    if (state_.view.took_newest() && state_.map_is_fresh && map_from_.authority() == asked.authority())
        e = error{errc::bad_redirect, stage::redirect, words + "which is not in the cluster map"};
    e.http_status = status;
    co_return e;
}

http::task<result<http::response>> cluster_access::follow(http::request r, http::url to) {
    forget_token(r);  // AIStore's targets do not require it
    auto asking = client_.ask(r, std::move(to));
    co_return co_await std::move(asking);
}

void cluster_access::follow_and_close(http::request r, http::url to) {
    shard_counters::add(counters_.redirects_dropped);
    if (log_.wants(log_level::debug)) {
        auto const target = to.authority();
        log_.tell(log_level::debug, "redirect.dropped", {{"target", target}});
    }
    boost::asio::co_spawn(executor_, follow_only(std::move(r), std::move(to)), boost::asio::detached);
}

http::task<void> cluster_access::follow_only(http::request r, http::url to) {
    constexpr milliseconds long_enough{2'000};
    r.connect_timeout = long_enough;
    r.first_byte_timeout = long_enough;
    auto following = follow(std::move(r), std::move(to));
    co_await std::move(following);  // dropping the response after its head closes the connection
}

// ---- fetches

// In a separate coroutine: the caller may be cancelled, and others wait for the map too.
void cluster_access::refresh_map() {
    if (refreshing_) return;
    auto fetching = fetch_map();
    refreshing_ = true;
    refresh_began_ = clock::now();
    boost::asio::co_spawn(executor_, std::move(fetching),
                          certain_end([this](std::exception_ptr failure, bool succeeded = false) noexcept {
                              map_refreshed(succeeded && !failure);
                          }));
}

void cluster_access::map_refreshed(bool well) noexcept {
    state_.map_is_fresh = well;
    refreshing_ = false;
    map_seen_.wake_all();
    for (auto* const w : watchers_) w->map_seen(refresh_began_, well);
    try {
        probe_resting_proxies();
    } catch (...) {  // the next map fetch probes
    }
}

http::task<void> cluster_access::see_map_with(std::string node) {
    auto const wanted = clock::now();
    // A fetch in progress began before the redirect arrived, so its map may lack the node.
    for (bool again = refreshing_;; again = false) {
        refresh_map();
        auto waiting = map_seen_.wait(wanted + proxy_timeout_ * 2);
        co_await std::move(waiting);
        if (!again || state_.view.knows(node)) co_return;
    }
}

http::task<bool> cluster_access::fetch_map() {
    // However many callers need a map, the cluster gets few requests.
    if (auto const now = clock::now(); !state_.view.may_fetch(now)) {
        http::timer pause(executor_, state_.view.next_fetch());
        co_await pause.async_wait(http::use_task_tuple);
    }
    refresh_began_ = clock::now();
    map_status_ = 0;
    state_.view.map_requested(refresh_began_);
    http::request r;
    r.target.path = "/v1/daemon";
    r.target.query = "what=smap";
    r.connect_timeout = proxy_timeout_;
    r.first_byte_timeout = proxy_timeout_;
    r.idle_timeout = proxy_timeout_;
    auto const proxy = state_.proxies.current();
    auto const began = clock::now();
    auto asking = ask_proxy(r, proxy);
    auto answered = co_await std::move(asking);
    if (!answered) {
        no_map_from(proxy, answered.error(), state_.proxies.is_silent(proxy, began));
        co_return false;
    }
    map_status_ = answered->status();
    if (map_status_ != 200) {
        tell_of_no_map(proxy, nullptr);
        co_return false;
    }
    std::string text;
    auto reading = read_text(*answered, codec::max_json_bytes + 1, text);
    auto const read = co_await std::move(reading);
    if (!read) {
        auto const why = read.error();
        no_map_from(proxy, why, why.code != errc::cancelled);
        co_return false;
    }
    auto map = codec::read_cluster_map(std::move(text));
    if (!map) co_return false;  // no map there: only the endpoint's own host is known
    auto const before = state_.view.version();
    state_.view.learn(std::move(*map), clock::now());
    tell_of_map(before);
    map_from_ = proxy;
    std::vector<http::url> proxies;
    for (auto const& text_of_url : state_.view.proxy_urls())
        // A token that TLS protects must not be sent without TLS.
        if (auto url = http::parse_url(text_of_url); url && url->secure == state_.proxies.current().secure)
            proxies.push_back(std::move(*url));
    state_.proxies.learn(std::move(proxies));
    state_.map_learned();
    state_.limiter.set_most(std::max(1u, pending_mark * std::max(1u, state_.view.targets()) / shards_));
    entrance_.wake_one();
    co_return true;
}

void cluster_access::no_map_from(http::url const& proxy, error const& why, bool is_unwell) {
    if (is_unwell) state_.proxies.failed(proxy, clock::now());
    // The cluster may have a new primary proxy, and the next proxy may not know it yet.
    state_.view.disturbed(clock::now());
    tell_of_no_map(proxy, &why);
}

void cluster_access::tell_of_map(std::uint64_t before) {
    if (auto const version = state_.view.version(); version != before)
        log_.tell(log_level::info, "map.changed",
                  {{"version", version}, {"before", before}, {"targets", state_.view.targets()}});
}

// why: null if it responded with a status other than 200.
void cluster_access::tell_of_no_map(http::url const& proxy, error const* why) {
    if (!log_.wants(log_level::warning) || (why && why->code == errc::cancelled)) return;
    auto const from = proxy.authority();
    std::string_view const words = why ? std::string_view(why->text) : "the response is not a cluster map";
    log_.tell(log_level::warning, "map.unavailable", {{"proxy", from}, {"status", map_status_}, {"why", words}});
}

void cluster_access::probe_resting_proxies() {
    while (auto const proxy = state_.proxies.due_for_probe(clock::now()))
        boost::asio::co_spawn(executor_, probe_proxy(*proxy), boost::asio::detached);
}

http::task<void> cluster_access::probe_proxy(http::url proxy) {
    http::request r;
    r.target.path = "/v1/health";
    r.connect_timeout = proxy_timeout_;
    r.first_byte_timeout = proxy_timeout_;
    auto const began = clock::now();
    auto asking = ask_proxy(r, proxy);
    auto answered = co_await std::move(asking);
    if (answered && answered->status() == 200) state_.proxies.answered(proxy, clock::now() - began, clock::now());
}

void cluster_access::look_up_bucket(std::string bucket) {
    if (bucket_lookups_.contains(bucket)) return;
    auto fetching = ask_for_backend(bucket);
    auto const here = bucket_lookups_.insert(std::move(bucket)).first;
    boost::asio::co_spawn(executor_, std::move(fetching), certain_end([this, here](std::exception_ptr) noexcept {
                              auto const finished = bucket_lookups_.extract(here);
                              for (auto* const w : watchers_) w->bucket_seen(finished.value());
                          }));
}

http::task<void> cluster_access::ask_for_backend(std::string bucket) {
    auto const uri = read_bucket(bucket);
    if (!uri) co_return;
    http::request r;
    r.method = "HEAD";
    name_bucket(r.target, *uri);
    r.connect_timeout = proxy_timeout_;
    r.first_byte_timeout = proxy_timeout_;
    auto const proxy = state_.proxies.current();
    auto asking = ask_proxy(r, proxy);
    auto answered = co_await std::move(asking);
    // Other statuses are not about the bucket, such as 503 from a starting cluster.
    if (!answered || (answered->status() != 200 && answered->status() != 404)) co_return;
    state_.backends[bucket] = answered->status() == 200 && codec::has_backend(answered->header("Ais-Bucket-Props"));
}

}  // namespace aisle::detail
