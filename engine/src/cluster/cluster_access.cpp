#include "cluster_access.hpp"

#include "../engine/cancellation.hpp"
#include "../request/answer_text.hpp"

#include <aisle/codec/cluster_map.hpp>
#include <aisle/codec/moss.hpp>
#include <aisle/http/redirect.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <limits>

namespace aisle::detail {
namespace {

using std::chrono::milliseconds;

// Pending requests of one target at which AIStore begins to hesitate; at 256 it refuses.
constexpr unsigned pending_mark = 96;
// A redirect's body is a line of HTML.
constexpr std::size_t small_body_bytes = 64 * 1024;
constexpr unsigned drops_in_a_row = 3;
constexpr milliseconds longest_pause{300'000};

// So that the connection may serve again.
http::task<void> drain(http::response& answer) {
    std::string unread;
    auto reading = read_text(answer, small_body_bytes, unread);
    co_await std::move(reading);
}

// Of the two forms the field has, only seconds: nobody sends dates to programs.
std::optional<milliseconds> retry_after_of(http::response const& answer) {
    auto const seconds = number_in(answer, "Retry-After");
    if (!seconds || *seconds > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return std::min(milliseconds(std::chrono::seconds(*seconds)), longest_pause);
}

constexpr char const* authorization_field = "Authorization";

void forget_token(http::request& r) {
    std::erase_if(r.extra, [](http::field const& f) { return f.name == authorization_field; });
}

bool is_of_the_proxy(error const& e) {
    return e.code == errc::resolve_failed || e.code == errc::connect_failed || e.code == errc::connect_timeout ||
           e.code == errc::connection_lost || e.code == errc::first_byte_timeout || e.code == errc::tls_failed;
}

}  // namespace

cluster_access::cluster_access(http::executor ex, http::client& client, std::vector<http::url> proxies, credentials who,
                               unsigned shards, shard_counters& counters)
    : executor_(ex),
      client_(client),
      shards_(shards),
      counters_(counters),
      proxies_(std::move(proxies)),
      token_(std::move(who)),
      limiter_(std::max(1u, pending_mark / shards)),
      entrance_(ex),
      map_seen_(ex),
      random_(std::random_device{}()) {}

http::task<cluster_access::permit> cluster_access::enter() {
    bool in_turn = entrance_.empty();
    for (;;) {
        auto asking = is_cancelled();
        bool const stop = co_await std::move(asking);
        auto const now = clock::now();
        bool const may = limiter_.may_send(now);
        if (stop) {
            if (may) entrance_.wake_one();  // whoever woke us meant it for somebody
            co_return permit();
        }
        if (may && in_turn) {
            limiter_.sent();
            co_return permit(*this);
        }
        auto const pause_ends = limiter_.not_before();
        auto waiting = entrance_.wait(pause_ends > now ? pause_ends : clock::time_point::max());
        co_await std::move(waiting);
        in_turn = true;
    }
}

void cluster_access::leave() {
    limiter_.over();
    entrance_.wake_one();
}

http::task<result<http::response>> cluster_access::ask(http::request r, std::optional<milliseconds>& retry_after,
                                                       milliseconds& held_back) {
    r.follow_redirects = false;
    if (!view_.known() && view_.wants_look(clock::now())) look_at_map();
    for (unsigned drops = 0;;) {
        auto asking = ask_proxy(r);
        auto answered = co_await std::move(asking);
        if (!answered) co_return answered.error();
        auto answer = std::move(*answered);
        note_refusal(answer, retry_after);
        if (!http::is_redirect(answer.status())) co_return std::move(answer);
        limiter_.accepted(clock::now());
        entrance_.wake_one();
        auto finding = where_to(answer, r.target);
        auto to = co_await std::move(finding);
        if (!to) co_return to.error();
        auto draining = drain(answer);
        co_await std::move(draining);

        auto const target = to->authority();
        auto const opinion = scores_.judge(target, clock::now());
        if (opinion.what == target_scores::advice::elsewhere && drops < drops_in_a_row) {
            ++drops;
            scores_.dropped(target, clock::now());
            shard_counters::add(counters_.redirects_dropped);
            continue;
        }
        if (opinion.what != target_scores::advice::follow) {
            auto const time = std::max(opinion.after, milliseconds(1));
            held_back += time;
            http::timer pause(executor_, time);
            co_await pause.async_wait(http::use_task_tuple);
        }
        http::request second = r;
        forget_token(second);  // AIStore's targets do not ask for it
        second.target = std::move(*to);
        // AIStore writes an object's name into the Location without encoding it.
        if (r.target.path.starts_with("/v1/objects/")) second.target.path = r.target.path;
        auto opening = client_.open(std::move(second));
        auto opened = co_await std::move(opening);
        if (!opened) {
            if (opened.error().code != errc::cancelled) scores_.failed(target, clock::now());
            co_return opened.error();
        }
        note_refusal(*opened, retry_after);
        co_return std::move(*opened);
    }
}

// A token that was refused may have been replaced in its file since.
http::task<result<http::response>> cluster_access::ask_proxy(http::request& r) {
    for (bool refreshed = false;; refreshed = true) {
        auto const authorization = token_.authorization();
        if (!authorization) co_return authorization.error();
        std::string const shown(*authorization);
        forget_token(r);
        if (!shown.empty()) r.extra.push_back({authorization_field, shown});
        auto asking = ask_proxy_once(r);
        auto answered = co_await std::move(asking);
        if (!answered || answered->status() != 401 || refreshed || !token_.refresh(shown)) co_return answered;
        auto draining = drain(*answered);
        co_await std::move(draining);
    }
}

http::task<result<http::response>> cluster_access::ask_proxy_once(http::request& r) {
    auto const proxy = proxies_.current();
    r.target.host = proxy.host;
    r.target.port = proxy.port;
    r.target.secure = proxy.secure;
    auto opening = client_.open(r);
    auto opened = co_await std::move(opening);
    if (opened) {
        proxies_.succeeded(proxy);
    } else if (is_of_the_proxy(opened.error())) {
        proxies_.failed(proxy, clock::now());
        if (view_.wants_look(clock::now())) look_at_map();  // the cluster may have another primary by now
    }
    co_return opened;
}

http::task<result<http::url>> cluster_access::where_to(http::response& answer, http::url const& asked) {
    http::redirect const seen{answer.status(), answer.header("Location"), "GET", 0, 1};
    auto to = http::follow(asked, seen);
    if (!to || to->host == asked.host || view_.knows(to->authority())) co_return to;
    // A node that joined, or the first redirect at all.
    auto looking = see_map();
    co_await std::move(looking);
    if (view_.knows(to->authority())) co_return to;
    error e{errc::bad_redirect, stage::redirect,
            asked.authority() + " sends to " + to->authority() + ", which the cluster's map does not name"};
    e.http_status = answer.status();
    co_return e;
}

http::task<bool> cluster_access::missing_is_doubtful() {
    // A map from before the claim says nothing of it: the node may have been lost in between.
    auto const claimed = clock::now();
    while (look_began_ < claimed) {
        auto looking = see_map();
        co_await std::move(looking);
        auto asking = is_cancelled();
        if (bool const stop = co_await std::move(asking); stop) co_return true;
    }
    co_return view_.known() && (!look_succeeded_ || view_.missing_is_doubtful(clock::now()));
}

// By a coroutine of its own: whoever wanted the look may be cancelled, and others wait for it too.
void cluster_access::look_at_map() {
    if (std::exchange(looking_, true)) return;
    view_.looked(clock::now());
    boost::asio::co_spawn(executor_, fetch_map(),
                          [this, began = clock::now()](std::exception_ptr failure, bool succeeded) {
                              look_succeeded_ = succeeded && !failure;
                              look_began_ = began;
                              looking_ = false;
                              map_seen_.wake_all();
                          });
}

http::task<void> cluster_access::see_map() {
    look_at_map();
    if (!looking_) co_return;
    auto waiting = map_seen_.wait(clock::time_point::max());
    co_await std::move(waiting);
}

http::task<bool> cluster_access::fetch_map() {
    http::request r;
    r.target.path = "/v1/daemon";
    r.target.query = "what=smap";
    auto asking = ask_proxy(r);
    auto answered = co_await std::move(asking);
    if (!answered || answered->status() != 200) co_return false;
    std::string text;
    auto reading = read_text(*answered, codec::max_json_bytes + 1, text);
    auto const read = co_await std::move(reading);
    if (!read) co_return false;
    auto map = codec::read_cluster_map(std::move(text));
    if (!map) co_return false;  // whoever answers has no map: only its own host is known
    view_.learn(std::move(*map), clock::now());
    std::vector<http::url> proxies;
    for (auto const& text_of_url : view_.proxy_urls())
        // A token that is guarded by TLS stays so.
        if (auto url = http::parse_url(text_of_url); url && url->secure == proxies_.current().secure)
            proxies.push_back(std::move(*url));
    proxies_.learn(std::move(proxies));
    limiter_.set_most(std::max(1u, pending_mark * std::max(1u, view_.targets()) / shards_));
    entrance_.wake_one();
    co_return true;
}

void cluster_access::note_refusal(http::response const& answer, std::optional<milliseconds>& retry_after) {
    if (answer.status() != 429 && answer.status() != 503) return;
    retry_after = retry_after_of(answer);
    limiter_.refused(clock::now(), retry_after);
    shard_counters::add(counters_.refusals);
}

}  // namespace aisle::detail
