// One request, as engine/src/batch/batch_request.cpp sends it.
#include "call.hpp"

#include "../cluster/links.hpp"

#include <entry/expectation.hpp>

namespace aisle::simulation {

using namespace std::chrono_literals;
using detail::request_form;

namespace {

// engine_options: first_byte_timeout and idle_timeout.
constexpr auto longest_silence = 150s;

}  // namespace

call::call(driver& of, batch_fetch& b, detail::batch_action const& a, std::uint64_t number)
    : driver_(of),
      batch_(b),
      id_(a.id),
      form_(a.form),
      another_proxy_(a.another_proxy),
      asked_(a.entries),
      exchange_(std::make_shared<exchange>()),
      expected_(a.bytes) {
    auto& x = *exchange_;
    x.number = number;
    x.form = form_;
    x.multipart = form_ == request_form::as_asked && !of.plan().streaming;
    x.compressed = form_ == request_form::as_asked && of.plan().compressed;
    x.strict = of.plan().strict;
    for (auto const e : asked_) x.asked.push_back(&b.modelled[e]);
}

void call::begin() {
    in_ = true;
    std::uint64_t bytes = 0;
    for (auto const* w : exchange_->asked) bytes += 512 + w->bytes;
    exchange_->link = draw_fate(driver_.plan(), driver_.chance(), driver_.time().passed(), bytes);
    if (plain()) {
        // Each request for a member delivers it from the start.
        auto& received = batch_.received[asked_.front()];
        if (at(0).is_member()) driver_.hold(-static_cast<std::int64_t>(std::exchange(received, 0)));
        exchange_->from = received;
    }
    ask_proxy();
    watch();
}

void call::ask_proxy() {
    auto const now = driver_.time().now();
    proxy_ = driver_.state().proxies.choose(another_proxy_, now);
    batch_.machine.sent(id_, proxy_, now);
    driver_.tells().say(driver_.time().passed(), "b", batch_.number, " r", id_, " x", exchange_->number, ": to ",
                        proxy_.authority());
    if (batch_.machine.needs_turn()) driver_.wake_up(batch_);
    moved_ = now;
    head_ = false;
    if (!driver_.state().view.known() && driver_.state().view.may_fetch(now)) driver_.refresh_map();
    exchange_->to = this;
    driver_.cluster().ask_proxy(exchange_, driver_.proxy_at(proxy_));
}

void call::redirected(unsigned target) {
    auto const now = driver_.time().now();
    moved_ = now;
    driver_.answered_by_proxy();
    if (ended_) return;
    auto const authority = driver_.cluster().targets()[target].authority;
    if (driver_.state().view.knows(authority)) return go(target);
    where_known_ = false;
    check_target(target, now);
}

// A node that joined, or the first redirect. A fetch that began before the redirect arrived may not name the node yet.
void call::check_target(unsigned target, time_point since) {
    auto const then = [me = shared_from_this(), target, since](std::optional<time_point> began, http::url const& of,
                                                               bool well) {
        if (me->ended_ || me->where_known_) return;
        auto const authority = me->driver_.cluster().targets()[target].authority;
        if (me->driver_.state().view.knows(authority)) {
            me->where_known_ = true;
            return me->go(target);
        }
        if (began && *began < since) return me->check_target(target, since);
        // Another proxy may have an older map.
        if (began && well && of == me->proxy_ && me->driver_.state().view.took_newest())
            return me->end(error{errc::bad_redirect, stage::redirect, "it is not in the map"});
        me->end(error{errc::map_unavailable, stage::redirect, "no map"});
    };
    driver_.see_map(then);
    driver_.time().at(since + 2 * driver_.rules().proxy_timeout, [then] { then({}, {}, false); });
}

void call::go(unsigned target) {
    auto const now = driver_.time().now();
    auto& cluster = driver_.cluster();
    auto const opinion = batch_.machine.redirected(id_, cluster.targets()[target].authority, now);
    if (opinion.what != detail::target_book::advice::leave) {
        moved_ = now;
        driver_.wake_up(batch_);
        return cluster.follow(exchange_, target);
    }
    driver_.tells().say(driver_.time().passed(), "b", batch_.number, " r", id_, " leaves ", cluster.name(target));
    cluster.leave(exchange_);
    driver_.time().after(opinion.wait, [me = shared_from_this()] {
        if (!me->ended_ && !me->dropped_) me->ask_proxy();
    });
}

void call::began() {
    if (!ended_ && plain()) batch_.machine.received(id_, batch_.received[asked_.front()], 0, driver_.time().now());
}

void call::bytes(std::size_t position, std::uint64_t count) {
    moved_ = driver_.time().now();
    head_ = true;
    if (ended_) return;
    if (plain()) {
        auto& received = batch_.received[asked_.front()];
        received += count;
        came_ += count;
        driver_.hold(static_cast<std::int64_t>(count));
        batch_.machine.received(id_, received, came_, driver_.time().now());
        return;
    }
    partial_ += count;
    driver_.hold(static_cast<std::int64_t>(count));
    position_ = position;
    after_read();
}

void call::came(std::size_t position, arrival what, std::uint64_t size, std::string const& words) {
    if (ended_) return;
    auto const now = driver_.time().now();
    auto const entry = asked_[position];
    auto& m = batch_.machine;
    moved_ = now;
    if (plain()) {
        driver_.hold(-static_cast<std::int64_t>(std::exchange(batch_.received[entry], 0)));
    } else {
        driver_.hold(-static_cast<std::int64_t>(std::exchange(partial_, 0)));
    }
    position_ = position + 1;
    if (m.is_open(entry)) {
        auto const wanted = detail::size_asked(batch_.what->entries()[entry]);
        if (what == arrival::placeholder) {
            error why{errc::missing, stage::assemble, "the server does not have it"};
            why.server_text = words;
            m.claimed_missing(id_, entry, std::move(why), now);
        } else if (wanted && *wanted != size) {
            m.bad_payload(id_, entry, error{errc::wrong_size, stage::payload, "wrong size"});
        } else if (m.delivered(id_, entry, now)) {
            expected_ -= std::min<std::size_t>(expected_, size);
            driver_.deliver(batch_, entry, size);
        }
    }
    after_read();
}

void call::after_read() {
    auto& m = batch_.machine;
    m.progressed(id_, position_, driver_.time().now());
    bool const needs_turn = m.needs_turn();
    driver_.hand_over(batch_);
    if (needs_turn) driver_.wake_up(batch_);
    bool const overrun = driver_.is_overrun();
    if (overrun && m.over_budget(id_, driver_.surroundings(batch_), overrun))
        end(error{make_error_code(boost::system::errc::not_enough_memory), stage::response, "memory budget exceeded"});
}

void call::over(std::optional<error> fault, int named) {
    if (ended_) return;
    auto const now = driver_.time().now();
    driver_.answered_by_proxy();
    bool const is_missing = fault && plain() && fault->http_status == 404 && fault->server_code != "ErrBckNotFound";
    if (is_missing) {
        auto const entry = asked_.front();
        error why{errc::missing, stage::assemble, "the server does not have it"};
        why.server_text = fault->server_text;
        if (batch_.machine.is_open(entry)) batch_.machine.claimed_missing(id_, entry, std::move(why), now);
        position_ = 1;
        after_read();
        fault.reset();
        if (ended_) return;
    }
    std::string full;
    if (fault && fault->http_status == 429 && named >= 0)
        full = driver_.state().view.address_of(driver_.cluster().targets()[static_cast<std::size_t>(named)].id);
    end(std::move(fault), full);
}

void call::drop() {
    if (ended_ || std::exchange(dropped_, true)) return;
    driver_.time().after(0s, [me = shared_from_this()] {
        if (!me->ended_) me->end(error{errc::cancelled, stage::usage, "cancelled"});
    });
}

void call::end(std::optional<error> fault, std::string_view full_target) {
    ended_ = true;
    driver_.release(batch_, expected_);
    driver_.cluster().hang_up(exchange_);
    driver_.hold(-static_cast<std::int64_t>(std::exchange(partial_, 0)));
    driver_.tells().say(driver_.time().passed(), "b", batch_.number, " r", id_, " x", exchange_->number, " ends at ",
                        position_, ": ", fault ? aisle::name_of(fault->code) : std::string("well"),
                        fault && fault->http_status ? " " + std::to_string(fault->http_status) : std::string(),
                        full_target.empty() ? "" : ", full: ", full_target);
    batch_.machine.ended(id_, std::move(fault), std::nullopt, full_target, driver_.time().now());
    if (std::exchange(in_, false)) driver_.leave();
    driver_.wake_up(batch_);
}

void call::watch() {
    driver_.time().at(moved_ + longest_silence, [me = shared_from_this()] {
        if (me->ended_) return;
        if (me->driver_.time().now() - me->moved_ < longest_silence) return me->watch();
        me->end(me->head_ ? error{errc::idle_timeout, stage::response, "rested"}
                          : error{errc::first_byte_timeout, stage::response, "no answer"});
    });
}

}  // namespace aisle::simulation
