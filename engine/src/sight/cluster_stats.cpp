#include "../call/call_home.hpp"
#include "../call/wait_for.hpp"
#include "../engine/cancellation.hpp"
#include "../request/answer_text.hpp"

#include <aisle/cluster_stats.hpp>
#include <aisle/codec/json/get_batch.hpp>
#include <aisle/codec/json/node_stats.hpp>
#include <aisle/engine.hpp>
#include <aisle/http/url.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace aisle {
namespace {

using std::chrono::nanoseconds;

struct counter {
    std::string_view metric;  // AIStore's name (stats/target_stats.go)
    std::uint64_t target_counters::* value;
};
constexpr std::array counters = {counter{"getbatch.n", &target_counters::batches},
                                 counter{"getbatch.obj.n", &target_counters::objects},
                                 counter{"getbatch.obj.size", &target_counters::object_bytes},
                                 counter{"getbatch.file.n", &target_counters::members},
                                 counter{"getbatch.file.size", &target_counters::member_bytes},
                                 counter{"err.soft.getbatch.n", &target_counters::soft_errors},
                                 counter{"err.getbatch.n", &target_counters::hard_errors},
                                 counter{"getbatch.gfn.n", &target_counters::recoveries},
                                 counter{"err.gfn.getbatch.n", &target_counters::failed_recoveries}};

struct timer {
    std::string_view metric;
    nanoseconds target_counters::* value;
};
constexpr std::array timers = {timer{"getbatch.rxwait.ns", &target_counters::peer_wait},
                               timer{"getbatch.throttle.ns", &target_counters::throttled}};

std::uint64_t value_in(codec::node_stats const& from, std::string_view metric) {
    auto const found = from.values.find(metric);
    return found == from.values.end() ? 0 : found->second;
}

target_counters counters_of(codec::node_stats const& from) {
    target_counters out;
    out.id = from.id;
    auto const url = http::parse_url(from.url);
    out.name = url ? url->authority() : from.url;
    for (auto const& c : counters) out.*c.value = value_in(from, c.metric);
    for (auto const& t : timers) out.*t.value = nanoseconds(value_in(from, t.metric));
    return out;
}

// After a restart a target counts from 0.
bool is_restarted(target_counters const& now, target_counters const& earlier) {
    return std::ranges::any_of(counters, [&](counter const& c) { return now.*c.value < earlier.*c.value; }) ||
           std::ranges::any_of(timers, [&](timer const& t) { return now.*t.value < earlier.*t.value; });
}

http::task<result<cluster_stats>> ask(detail::operation_context context) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto& access = context.cluster;
    http::request r;
    r.target.path = "/v1/cluster";
    r.target.query = "what=node_stats";
    r.connect_timeout = access.proxy_timeout();
    r.first_byte_timeout = access.proxy_timeout();
    r.idle_timeout = access.proxy_timeout();
    auto const proxy = access.state().proxies.current();
    auto asking = access.ask_proxy(r, proxy);
    auto answered = co_await std::move(asking);
    if (!answered) co_return answered.error();
    if (answered->status() != 200) {
        std::string node;
        auto reading = detail::read_answer_error(*answered, node);
        co_return co_await std::move(reading);
    }
    if (auto const ok = detail::check_content_encoding(answered->header("Content-Encoding")); !ok) co_return ok.error();
    std::string text;
    auto reading = detail::read_text(*answered, codec::max_json_bytes + 1, text);
    auto const read = co_await std::move(reading);
    if (!read) co_return read.error();
    auto const nodes = codec::read_node_stats(std::move(text));
    if (!nodes) co_return nodes.error();
    cluster_stats out;
    out.taken_at = std::chrono::steady_clock::now();
    for (auto const& n : *nodes) out.targets.push_back(counters_of(n));
    co_return out;
}

}  // namespace

void target_counters::add(target_counters const& other) noexcept {
    for (auto const& c : counters) this->*c.value += other.*c.value;
    for (auto const& t : timers) this->*t.value += other.*t.value;
}

cluster_stats cluster_stats::since(cluster_stats const& earlier) const {
    auto out = *this;
    out.elapsed = taken_at - earlier.taken_at;
    for (auto& now : out.targets) {
        auto const before = std::ranges::lower_bound(earlier.targets, now.id, {}, &target_counters::id);
        if (before == earlier.targets.end() || before->id != now.id || is_restarted(now, *before)) continue;
        for (auto const& c : counters) now.*c.value -= (*before).*c.value;
        for (auto const& t : timers) now.*t.value -= (*before).*t.value;
    }
    return out;
}

target_counters cluster_stats::sum() const noexcept {
    target_counters out;
    for (auto const& t : targets) out.add(t);
    return out;
}

result<cluster_stats> fetch_cluster_stats(engine const& through, std::stop_token stop) {
    auto const home = detail::home_of(through);
    return detail::wait_for<cluster_stats>(home, std::move(stop), [&](detail::completion<cluster_stats> done) {
        return detail::begin<cluster_stats>(home, ask, std::move(done));
    });
}

}  // namespace aisle
