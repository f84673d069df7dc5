// One shard and one stream: engine/src/stream/stream_job and engine/src/batch/batch_run, with virtual time.
#include "driver.hpp"

#include "call.hpp"

#include <aisle/slab.hpp>

#include <algorithm>
#include <answer/answer.hpp>
#include <ranges>

namespace aisle::simulation {

using namespace std::chrono_literals;
using detail::batch_action;

namespace {

constexpr auto memory_poll = 20ms;
constexpr unsigned cold_gets = 32;

std::vector<http::url> given(world_plan const& plan, cluster_model& cluster) {
    std::vector<http::url> out;
    auto const known = plan.proxies > 1 && mixed(plan.seed) % 2 ? plan.proxies : 1;
    for (unsigned i = 0; i < known; ++i) {
        http::url u;
        auto const& where = cluster.proxies()[i].authority;
        u.host = where.substr(0, where.find(':'));
        u.port = 51080;
        out.push_back(std::move(u));
    }
    return out;
}

}  // namespace

batch_fetch::batch_fetch(driver& d, unsigned n)
    : number(n),
      what(d.what().asked[n]),
      modelled(d.what().batches[n]),
      machine(
          d.state(), what, d.rules(), [&d] { return d.chance().draw(); }, d.time().now()),
      ledger(what, n),
      by(std::make_shared<detail::answer const>(detail::answer{what, {}, {}})) {}

driver::driver(world_plan const& plan, contents& what, cluster_model& cluster, virtual_time& time, trace& tells,
               checks& laws)
    : plan_(plan),
      what_(what),
      cluster_(cluster),
      time_(time),
      tells_(tells),
      laws_(laws),
      dice_(dice(plan.seed).part(3)),
      state_(given(plan, cluster), pending_mark, cold_gets),
      scheduler_(plan.window),
      delivery_(batch_order::submitted),
      outcomes_(what.batches.size()) {}

driver::~driver() = default;

detail::batch_rules driver::rules() const {
    detail::batch_rules r;
    r.as_objects = plan_.as_objects;
    r.streaming = plan_.streaming;
    r.cont_on_err = !plan_.strict;
    r.missing = plan_.missing;
    r.hedging = plan_.hedging;
    r.cold_gets = plan_.cold_gets;
    r.retry = plan_.retry;
    r.retry.unreached = r.retry.elapsed;  // the endpoint is right, even if everything is down when a world begins
    return r;
}

void driver::begin() {
    time_.after(0s, [this] { pump(); });
}

bool driver::done() const noexcept {
    return over_ == what_.batches.size() && !delivery_.has_ready() && !consuming_;
}

std::size_t driver::part_bytes() const noexcept {
    return std::clamp(plan_.budget / 4, slab_pool::min_slab_bytes, std::size_t{32} << 20);
}

void driver::hold(std::int64_t bytes) {
    in_use_ = static_cast<std::size_t>(static_cast<std::int64_t>(in_use_) + bytes);
}

// ---- memory

std::size_t batch_fetch::expected() const noexcept {
    std::size_t out = 0;
    for (auto const& c : calls) out += c->expected();
    return out;
}

void driver::reserve(batch_fetch& b, std::size_t bytes) noexcept {
    b.reserved += bytes;
    reserved_ += bytes;
}

void driver::release(batch_fetch& b, std::uint64_t bytes) noexcept {
    auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, b.reserved));
    b.reserved -= n;
    reserved_ -= n;
}

std::size_t driver::size_of(entry const& e, std::size_t typical) {
    return static_cast<std::size_t>(e.range.length > 0 ? static_cast<std::uint64_t>(e.range.length)
                                                       : e.expected_size.value_or(typical));
}

void driver::expect_no_more_than_usual(batch_fetch& b) {
    std::size_t expected = 0;
    auto const& entries = b.what->entries();
    for (std::uint32_t e = 0; e < entries.size(); ++e)
        if (b.machine.is_open(e)) expected += size_of(entries[e], 2 * typical_bytes());
    if (b.reserved > expected) release(b, b.reserved - expected);
}

// ---- the stream

void driver::pump() {
    pump_planned_ = false;
    bool must_wait = false;
    while (next_batch_ < what_.batches.size()) {
        must_wait = !scheduler_.may_start(delivery_.held_batches(), memory());
        if (must_wait) break;
        start_batch();
    }
    if (must_wait && scheduler_.active() < scheduler_.window() && !std::exchange(pump_planned_, true))
        time_.after(memory_poll, [this] { pump(); });
}

void driver::start_batch() {
    auto const n = next_batch_++;
    auto& b = *batches_.emplace_back(std::make_unique<batch_fetch>(*this, n));
    outcomes_[n].entries.resize(b.what->size());
    outcomes_[n].started = time_.now();
    std::size_t expected = 0;
    for (auto const& e : b.what->entries()) expected += size_of(e, typical_bytes());
    reserve(b, std::clamp(expected, slab_pool::min_slab_bytes, plan_.budget));
    scheduler_.started(b.what->size(), time_.now());
    delivery_.open();
    tells_.say(time_.passed(), "b", n, " starts, ", b.what->size(), " entries");
    if (tells_.on())
        for (std::size_t i = 0; i < b.modelled.size(); ++i)
            tells_.say(time_.passed(), "b", n, "   entry ", i, ": ", b.modelled[i].describe(), " at t",
                       b.modelled[i].of->place);
    turn(b);
}

// The consumer takes everything available, and releases it as it proceeds.
void driver::consume() {
    if (consuming_ || !delivery_.has_ready()) return;
    consuming_ = true;
    auto taken = delivery_.take();
    auto const samples = taken.samples();
    std::uint64_t bytes = 0;
    while (!taken.empty()) {
        auto const block = taken.pop_front();
        for (auto const s : block) bytes += consume(s);
    }
    auto const needs =
        plan_.consumer_rate > 0 ? of_seconds(static_cast<double>(samples) / plan_.consumer_rate) : duration(0);
    time_.after(0s, [this] { pump(); });
    time_.after(needs, [this, bytes] {
        hold(-static_cast<std::int64_t>(bytes));
        consuming_ = false;
        consume();
    });
}

// Returns its size in bytes.
std::uint64_t driver::consume(sample_view s) {
    bool const in_order = s.batch() > next_taken_batch_ ? s.index() == 0 : s.index() == next_taken_index_;
    if (s.batch() < next_taken_batch_ || !in_order)
        laws_.broken("order: batch " + std::to_string(s.batch()) + " entry " + std::to_string(s.index()) +
                     " arrived where entry " + std::to_string(next_taken_index_) + " of batch " +
                     std::to_string(next_taken_batch_) + " was expected");
    next_taken_batch_ = s.batch();
    next_taken_index_ = s.index() + 1;
    auto const& asked = what_.batches[s.batch()][s.index()];
    if (!s.delivered()) return 0;
    return asked.has_range() ? asked.range : asked.bytes;
}

// ---- one batch

void driver::wake_up(batch_fetch& b) {
    if (std::exchange(b.turn_planned, true)) return;
    time_.after(0s, [this, &b] { turn(b); });
}

void driver::turn(batch_fetch& b) {
    b.turn_planned = false;
    if (b.over) return;
    unsigned rounds = 0;
    do {
        std::erase_if(b.calls, [](auto const& c) { return c->ended(); });
        act(b);
        hand_over(b);
        if (b.machine.finished() && b.calls.empty()) return end_batch(b);
        if (++rounds == 1000) return laws_.broken("the machine asks for a turn again and again");
    } while (b.machine.needs_turn());
    auto const wake = b.machine.wake();
    if (wake == time_point::max() || wake == b.wakes_at) return;
    b.wakes_at = wake;
    time_.at(wake, [this, &b, wake] {
        if (b.wakes_at != wake) return;
        b.wakes_at = time_point::max();
        turn(b);
    });
}

detail::batch_surroundings driver::surroundings(batch_fetch const& b) const {
    detail::batch_surroundings s;
    s.now = time_.now();
    auto const used = in_use_ + reserved_;
    auto const expected = b.expected();
    s.own_bytes = b.reserved > expected ? b.reserved - expected : 0;
    s.room_bytes = s.own_bytes + (plan_.budget > used ? plan_.budget - used : 0);
    s.is_head = delivery_.head() == b.number;
    s.must_go_on = s.is_head && !delivery_.has_ready();
    s.typical_bytes = typical_bytes();
    s.part_bytes = std::max(part_bytes(), std::min(std::max(s.own_bytes, s.room_bytes / 2), std::size_t{128} << 20));
    return s;
}

void driver::act(batch_fetch& b) {
    while (auto const a = b.machine.next(surroundings(b))) {
        switch (a->what) {
            case batch_action::kind::ask: ask(b, *a); break;
            case batch_action::kind::drop: {
                auto const c = std::ranges::find(b.calls, a->id, [](auto const& one) { return one->id(); });
                if (c == b.calls.end()) {
                    laws_.broken("a request that does not exist is dropped");
                    break;
                }
                tells_.say(time_.passed(), "b", b.number, " drops r", a->id);
                (*c)->drop();
                break;
            }
            case batch_action::kind::refuse: refuse(b, *a); break;
            case batch_action::kind::refresh_map: refresh_map(); break;
            case batch_action::kind::look_up_bucket: look_up_bucket(a->bucket); break;
        }
    }
}

void driver::ask(batch_fetch& b, batch_action const& a) {
    auto& out = outcomes_[b.number];
    ++out.requests;
    if (tells_.on()) {
        std::string list;
        for (auto const e : a.entries) list += ' ' + std::to_string(e);
        tells_.say(time_.passed(), "b", b.number, " asks r", a.id,
                   a.form == detail::request_form::plain      ? " plain"
                   : a.form == detail::request_form::streamed ? " streamed"
                                                              : " as asked",
                   a.another_proxy ? " by another proxy" : "", ":", list);
    }
    if (a.entries.empty() || (a.form == detail::request_form::plain && a.entries.size() != 1))
        laws_.broken("a request for no entry, or a plain GET for several");
    for (std::size_t i = 0; i < a.entries.size(); ++i) {
        if (i > 0 && a.entries[i] <= a.entries[i - 1]) laws_.broken("entries of a request are not ascending");
        if (a.entries[i] >= b.what->size()) return laws_.broken("a request for an entry that does not exist");
        if (out.entries[a.entries[i]].answered) laws_.broken("law 5: an answered entry is requested again");
        ++out.entries[a.entries[i]].asked;
    }
    auto const c = std::make_shared<call>(*this, b, a, exchanges_++);
    b.calls.push_back(c);
    if (auto const expected = b.expected(); b.reserved < expected && !b.machine.answered())
        reserve(b, expected - b.reserved);
    enter(c);
}

void driver::deliver(batch_fetch& b, std::uint32_t entry, std::uint64_t bytes) {
    hold(static_cast<std::int64_t>(bytes));
    b.bytes += bytes;
    ++b.delivered;
    ++delivered_;
    segments nothing;
    b.ledger.deliver(entry, b.by, nothing, {});
    answer(b, entry, sample_status::delivered, {});
}

void driver::refuse(batch_fetch& b, batch_action const& a) {
    tells_.say(time_.passed(), "b", b.number, " refuses entry ", a.entry, " as ", to_string(a.status), ": ",
               a.why ? a.why->message() : std::string());
    if (a.status == sample_status::delivered || !a.why) return laws_.broken("a refusal without a reason");
    b.ledger.refuse(a.entry, a.status, a.why);
    answer(b, a.entry, a.status, a.why);
}

void driver::answer(batch_fetch& b, std::uint32_t entry, sample_status status, std::shared_ptr<error const> why) {
    auto& out = outcomes_[b.number].entries[entry];
    if (out.answered) return laws_.broken("an entry is answered twice");
    out.answered = true;
    out.status = status;
    out.why = std::move(why);
    ++b.answered;
}

void driver::hand_over(batch_fetch& b) {
    if (b.ledger.has_fresh()) {
        auto const bytes = b.bytes - b.counted_bytes;
        auto const samples = b.delivered - b.counted;
        b.counted_bytes = b.bytes;
        b.counted = b.delivered;
        release(b, bytes);
        scheduler_.saw(samples, bytes, time_.now());
        auto fresh = b.ledger.take_fresh();
        delivery_.push(b.number, fresh);
        if (!std::exchange(b.sizes_seen, true)) expect_no_more_than_usual(b);
    }
    if (b.machine.answered() && b.answered == b.what->size() && !std::exchange(b.told_answered, true)) {
        release(b, b.reserved);
        outcomes_[b.number].answered = time_.now();
        scheduler_.answered(b.what->size(), b.bytes, time_.now());
        delivery_.answered(b.number);
        time_.after(0s, [this] { pump(); });
    }
    laws_.held(in_use_, plan_.budget, part_bytes());
    consume();
}

void driver::end_batch(batch_fetch& b) {
    b.over = true;
    ++over_;
    auto& out = outcomes_[b.number];
    out.over = true;
    out.ended = time_.now();
    tells_.say(time_.passed(), "b", b.number, " has ended");
    if (b.machine.next(surroundings(b))) laws_.broken("an action after the end");
    for (auto const& [_, bytes] : std::exchange(b.received, {})) hold(-static_cast<std::int64_t>(bytes));
    release(b, b.reserved);
    scheduler_.ended();
    time_.after(0s, [this] { pump(); });
}

}  // namespace aisle::simulation
