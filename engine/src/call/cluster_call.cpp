#include "cluster_call.hpp"

#include "../engine/cancellation.hpp"
#include "../request/answer_text.hpp"
#include "../request/retry_after.hpp"

#include <aisle/http/redirect.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>

namespace aisle::detail {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

error ended_early() {
    return {errc::cancelled, stage::request, "cancelled"};
}

/// The attempts of one call.
class attempts {
public:
    attempts(operation_context context, cluster_call& call, retry_options retry)
        : context_(context), state_(context.cluster.state()), call_(call), retry_(retry, clock::now()) {}

    http::task<result<void>> run() {
        for (;;) {
            auto trying = once();
            auto tried = co_await std::move(trying);
            if (tried) {
                context_.trouble.clear();
                co_return tried;
            }
            auto const now = clock::now();
            if (call_.has_progressed()) retry_.progressed(now);
            auto const pause = retry_.failed(tried.error(), surroundings(now));
            if (!pause) co_return with_context(std::move(tried).error());
            context_.trouble.note(tried.error());
            log_retry(tried.error(), *pause);
            http::timer resting(context_.executor, *pause);
            co_await resting.async_wait(http::use_task_tuple);
            auto const slot = co_await boost::asio::this_coro::cancellation_state;
            if (is_cancelled(slot)) co_return with_context(ended_early());
        }
    }

private:
    call_retry::surroundings surroundings(clock::time_point now) {
        return {now, context_.cluster.draw(), retry_after_, state_.proxies.unreached_since(),
                state_.view.missing_is_uncertain(now)};
    }

    void log_retry(error const& why, milliseconds pause) const {
        if (!context_.log.wants(log_level::info)) return;
        auto const call = call_.what();
        context_.log.tell(log_level::info, "call.retry",
                          {{"call", call},
                           {"failures", retry_.failures()},
                           {"wait_ms", pause.count()},
                           {"status", why.http_status},
                           {"why", why.text},
                           {"server", why.server_text}});
    }

    error with_context(error why) const {
        auto text = call_.what();
        if (retry_.failures() > 1) text += " (" + std::to_string(retry_.failures()) + " attempts)";
        why.text = text + ": " + why.text;
        // Only for the final error: until then, "missing" is only what the server reports.
        if (why.code == errc::server_error && why.http_status == 404 && !is_of_bucket(why)) why.code = errc::missing;
        return why;
    }

    http::task<result<void>> once() {
        retry_after_.reset();
        auto entering = context_.cluster.enter();
        auto const permit = co_await std::move(entering);
        if (!permit) co_return ended_early();
        auto request = call_.next_request();
        if (!request) co_return request.error();
        auto reaching = reach(*request);
        auto reached = co_await std::move(reaching);
        if (!reached) {
            if (reached.error().where != stage::connect) call_.lost();
            co_return reached.error();
        }
        auto& answer = *reached;
        auto const status = answer.status();
        retry_after_ =
            read_retry_after(answer.header("Retry-After"), answer.header("Date"), std::chrono::system_clock::now());
        if (is_refusal(status)) {
            shard_counters::add(context_.counters.refusals);
            state_.limiter.refused(clock::now(), retry_after_);
        } else {
            state_.limiter.accepted(clock::now());
        }
        auto taking = call_.take(answer);
        auto taken = co_await std::move(taking);
        if (!taken && nature_of(taken.error(), true) == fault_nature::cluster) expect_changes();
        if (!taken && status == 404 && !state_.view.known()) context_.cluster.refresh_map();
        co_return taken;
    }

    http::task<result<http::response>> reach(http::request& r) {
        auto const limit = std::chrono::ceil<milliseconds>(state_.proxies.limit(context_.cluster.proxy_timeout()));
        r.connect_timeout = limit;
        r.first_byte_timeout = call_.is_for_target() ? limit : std::max(limit, patience_);
        auto const proxy = state_.proxies.current();
        auto const began = clock::now();
        auto asking = context_.cluster.ask_proxy(r, proxy);
        auto answered = co_await std::move(asking);
        if (!answered) {
            auto judging = judge(proxy, began, answered.error());
            co_await std::move(judging);
            co_return answered;
        }
        auto const status = answered->status();
        if (call_.is_for_target() && status < 500) state_.proxies.answered(proxy, clock::now() - began, clock::now());
        if (status >= 500 && status != 503) state_.proxies.failed(proxy, clock::now());
        if (!http::is_redirect(status)) co_return answered;
        auto finding = context_.cluster.where_to(*answered, r.target, true);
        auto const to = co_await std::move(finding);
        answered = error{};  // releases the response and its slab
        if (!to) co_return to.error();
        r.connect_timeout.reset();
        r.first_byte_timeout.reset();
        call_.complete(r);
        auto following = context_.cluster.follow(r, *to);
        auto followed = co_await std::move(following);
        if (!followed && nature_of(followed.error(), true) == fault_nature::link) expect_changes();
        co_return followed;
    }

    // After a proxy did not respond: finds out whether the proxy has failed or only waits for its targets. A listing
    // may take long, but a working proxy responds to a health request immediately.
    http::task<void> judge(http::url const& proxy, clock::time_point began, error why) {
        if (nature_of(why, true) != fault_nature::link) co_return;
        if (!call_.is_for_target() && why.code == errc::first_byte_timeout) {
            http::request health;
            health.target.path = "/v1/health";
            health.connect_timeout = context_.cluster.proxy_timeout();
            health.first_byte_timeout = context_.cluster.proxy_timeout();
            auto asking = context_.cluster.ask_proxy(health, proxy);
            auto const answered = co_await std::move(asking);
            if (answered && answered->status() == 200) {
                patience_ =
                    std::min(std::max(patience_, context_.cluster.proxy_timeout()) * 4, context_.first_byte_timeout);
                co_return;
            }
        }
        if (state_.proxies.is_silent(proxy, began)) state_.proxies.failed(proxy, clock::now());
        expect_changes();
    }

    void expect_changes() {
        state_.view.disturbed(clock::now());
        context_.cluster.refresh_map();
    }

    operation_context context_;
    cluster_state& state_;
    cluster_call& call_;
    call_retry retry_;
    std::optional<milliseconds> retry_after_;
    milliseconds patience_{0};  // time limit for a proxy that works but has not responded
};

}  // namespace

http::task<result<void>> carry_out(operation_context context, cluster_call& call, retry_options retry) {
    // Cancellation becomes an error of the operation in progress.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    attempts all(context, call, retry);
    auto running = all.run();
    co_return co_await std::move(running);
}

http::task<error> refusal_in(http::response& answer) {
    std::string node;
    std::optional<error> out;
    if (auto const message = answer.header("Hdr-Error"); !message.empty()) {
        out = answer_error(answer.status(), message, answer.final_url().authority(), node);
        auto draining = answer.drain();
        co_await std::move(draining);
    } else {
        auto reading = read_answer_error(answer, node);
        out = co_await std::move(reading);
    }
    if (out->http_status == 404)
        out->text = (is_of_bucket(*out) ? "there is no such bucket, reported by " : "it does not exist, reported by ") +
                    answer.final_url().authority();
    co_return *out;
}

}  // namespace aisle::detail
