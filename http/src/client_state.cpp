#include "client_state.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace aisle::http::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto coarse_tick = 100ms;
constexpr auto fine_tick = 2ms;     // while a connection is patient
constexpr auto longest_idle = 25s;  // AIStore closes idle connections at 30 s

error cancelled(std::string what) {
    return {errc::cancelled, stage::connect, std::move(what)};
}

}  // namespace

client_state::client_state(executor on, slab_pool& slabs, client_options o)
    : options(std::move(o)), on_(on), slabs_(slabs), tick_(on) {}

task<result<std::unique_ptr<connection>>> client_state::lease(std::string authority, bool fresh) {
    auto const keep = shared_from_this();
    auto& at = hosts_[authority];
    while (!closed_ && at.leased >= options.connections_per_host) {
        timer turn(on_, clock::time_point::max());
        at.waiting.push_back(&turn);
        co_await turn.async_wait(use_task);
        std::erase(at.waiting, &turn);
        auto const state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none) {
            // The turn may have been ours: pass it on.
            if (!at.waiting.empty()) at.waiting.front()->cancel();
            co_return cancelled("waiting for a connection to " + authority + " was cancelled");
        }
    }
    if (closed_) co_return cancelled("the client is closed");
    std::unique_ptr<connection> c;
    auto const oldest = clock::now() - longest_idle;
    std::erase_if(at.idle, [&](auto const& idle) { return idle->idle_since < oldest; });
    if (!fresh && !at.idle.empty()) {
        c = std::move(at.idle.back());
        at.idle.pop_back();
        ++stats.connections_reused;
    } else {
        c = std::make_unique<connection>(on_, authority, slabs_, options.slab_bytes);
    }
    ++at.leased;
    leased_.push_back(c.get());
    co_return c;
}

void client_state::give_back(std::unique_ptr<connection> c, bool reusable) noexcept {
    std::erase(leased_, c.get());
    auto& at = hosts_[c->authority];
    --at.leased;
    if (!at.waiting.empty()) at.waiting.front()->cancel();
    c->disarm();
    c->buffer.reset();
    if (!reusable || closed_ || c->expired) {
        c->close();
        return;
    }
    c->set_low_mark(1);
    c->reused = true;
    c->idle_since = clock::now();
    at.idle.push_back(std::move(c));
}

void client_state::watch() {
    if (ticking_ || closed_) return;
    ticking_ = true;
    bool const patient = std::any_of(leased_.begin(), leased_.end(), [](auto* c) { return c->low_mark > 1; });
    tick_.expires_after(patient ? std::chrono::milliseconds(fine_tick) : std::chrono::milliseconds(coarse_tick));
    tick_.async_wait([self = weak_from_this()](boost::system::error_code ec) {
        if (auto const alive = self.lock(); alive && !ec) alive->tick();
    });
}

void client_state::tick() {
    ticking_ = false;
    if (closed_) return;
    auto const now = clock::now();
    for (auto* const c : leased_) {
        if (c->patient_until <= now) {
            c->patient_until = clock::time_point::max();
            c->set_low_mark(1);
        }
        if (c->due <= now) {
            c->disarm();
            c->expired = true;
            c->close();
        }
    }
    if (!leased_.empty()) watch();
}

void client_state::close() noexcept {
    closed_ = true;
    tick_.cancel();
    for (auto* const c : leased_) c->close();
    for (auto& [authority, at] : hosts_) {
        at.idle.clear();
        for (auto* const turn : at.waiting) turn->cancel();
    }
}

}  // namespace aisle::http::detail
