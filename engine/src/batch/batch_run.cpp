#include "batch_run.hpp"

#include "../engine/cancellation.hpp"
#include "../engine/certain_end.hpp"
#include "../engine/failure.hpp"
#include "../entry/bucket_uri.hpp"
#include "../entry/expectation.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace aisle::detail {
namespace {

using namespace std::chrono_literals;

batch_rules rules_of(batch_work const& work, fetch_context const& context) {
    auto const& o = work.job->options();
    batch_rules out;
    out.as_objects = work.as_objects;
    out.streaming = o.streaming_get;
    out.cont_on_err = o.cont_on_err;
    out.missing = o.missing;
    out.hedging = o.hedging;
    out.cold_gets = context.cold_gets;
    out.retry = o.retry;
    out.request_timeout = context.request_timeout;
    out.proxy_timeout = context.cluster.proxy_timeout();
    return out;
}

block_options blocks_of(stream_options const& o) {
    return {o.detach_below, o.join_runs};
}

// If a coroutine is destroyed instead of completing, its run ends too.
struct leaving {
    batch_run& run;
    ~leaving() { run.left(); }
};

}  // namespace

http::task<void> fetch_batch(fetch_context context, batch_work work) {
    // Cancellation appears as an error of the current operation; the run then ends normally.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const run = std::allocate_shared<batch_run>(recycled<batch_run>(), context, std::move(work));
    leaving const here{*run};
    auto running = run->run();
    co_await std::move(running);
}

batch_run::batch_run(fetch_context context, batch_work work)
    : context_(context),
      work_(std::move(work)),
      ledger_(work_.what, work_.number, blocks_of(work_.job->options())),
      machine_(
          context_.cluster.state(), work_.what, rules_of(work_, context_), [&c = context_.cluster] { return c.draw(); },
          clock::now()),
      wake_(context.executor),
      late_wake_(context.pace, [](void* run) { static_cast<batch_run*>(run)->wake_late(); }, this) {
    context_.cluster.watch(*this);
}

batch_run::~batch_run() {
    context_.cluster.unwatch(*this);
    if (late_wake_.is_linked()) work_.job->wake();
}

http::task<void> batch_run::run() {
    try {
        while (!failed_) {
            std::erase_if(calls_, [](call const& c) { return c.ended; });
            act();
            hand_over(clock::now());
            if (machine_.finished() && calls_.empty()) break;
            auto const slot = co_await boost::asio::this_coro::cancellation_state;
            if (is_cancelled(slot)) machine_.cancel(cancelled());
            if (std::exchange(woken_up_, false) || machine_.needs_turn()) continue;
            auto waiting = wake_.wait(machine_.wake());
            co_await std::move(waiting);
        }
    } catch (...) {
        fail(std::current_exception());
    }
    if (!failed_) work_.tell_end(ledger_.report());
}

// Reports an event to the machine, then executes its actions.
template <class F>
void batch_run::carry_out(F&& step) noexcept {
    try {
        step();
    } catch (...) {
        fail(std::current_exception());
    }
    wake_up();
}

// A step may be half done, so this batch does nothing more.
void batch_run::fail(std::exception_ptr failure) noexcept {
    if (std::exchange(failed_, true)) return;
    work_.job->fail(failure);
    for (auto& c : calls_) drop(c);
    wake_up();
}

// Of a failed run: undoes this request's counts in the cluster state.
void batch_run::forget(std::uint32_t id) noexcept {
    try {
        machine_.ended(id, cancelled(), {}, {}, clock::now());
    } catch (...) {
        // There is no memory to learn from the request; its counts are undone before that.
    }
}

void batch_run::drop(call& c) noexcept {
    if (c.ended) return;
    c.dropped = true;
    c.stop.emit(boost::asio::cancellation_type::terminal);
}

batch_surroundings batch_run::surroundings() const {
    batch_surroundings s;
    s.now = clock::now();
    auto const memory = context_.memory.view();
    auto const used = memory.in_use_bytes + memory.reserved_bytes;
    auto const expected = expected_bytes();
    auto const own = work_.reserved() > expected ? work_.reserved() - expected : 0;
    s.own_bytes = own;
    s.room_bytes = own + (memory.budget_bytes > used ? memory.budget_bytes - used : 0);
    s.is_head = work_.job->is_head(work_.number);
    s.must_go_on = s.is_head && work_.job->must_go_on(work_.number);
    s.typical_bytes = work_.job->typical_bytes();
    s.part_bytes = context_.memory.part_bytes(std::max(own, s.room_bytes / 2));
    return s;
}

void batch_run::act() {
    while (auto action = machine_.next(surroundings())) {
        switch (action->what) {
            case batch_action::kind::ask: start(*action); break;
            case batch_action::kind::drop:
                for (auto& c : calls_)
                    if (c.id == action->id) drop(c);
                break;
            case batch_action::kind::refuse:
                if (action->status == sample_status::failed)
                    context_.sight.entry_failed(work_.number, action->entry, *action->why);
                ledger_.refuse(action->entry, action->status, std::move(action->why));
                break;
            case batch_action::kind::refresh_map: context_.cluster.refresh_map(); break;
            case batch_action::kind::look_up_bucket: context_.cluster.look_up_bucket(std::move(action->bucket)); break;
        }
    }
    count();
}

void batch_run::start(batch_action const& a) {
    call* made = nullptr;
    try {
        made = &calls_.emplace_back(*this, a);
    } catch (...) {
        forget(a.id);
        throw;
    }
    auto& c = *made;
    context_.sight.asked(work_.number, a, machine_.overcome());
    if (!machine_.answered()) work_.reserve_up_to(expected_bytes());
    auto slot = c.stop.slot();
    certain_end end([self = shared_from_this(), &c](std::exception_ptr failure, outcome fault = {}) noexcept {
        self->ended(c, failure, std::move(fault));
    });
    boost::asio::co_spawn(context_.executor, make(c), boost::asio::bind_cancellation_slot(slot, std::move(end)));
}

void batch_run::ended(call& c, std::exception_ptr failure, outcome fault) noexcept {
    c.ended = true;
    work_.release(c.expected);
    if (failure && !failed_) {
        fault = failed_with(failure);
        if (fault->code == boost::system::errc::not_enough_memory) fail(failure);
    }
    if (failed_) return forget(c.id);
    carry_out([&] {
        if (fault && !c.dropped && c.assembler.all_passed() && machine_.all_answered(c.id))
            shard_counters::add(context_.counters.tail_faults);
        bool const failed = fault && !c.dropped && fault->code != errc::cancelled;
        auto const now = clock::now();
        context_.sight.ended(work_.number, c.watched, failed ? &*fault : nullptr);
        machine_.ended(c.id, std::move(fault), c.retry_after, c.full_target, now);
        // With what this request has shown: the target may get no other one for long.
        if (auto const& target = c.watched.target; !target.empty())
            context_.sight.targets.set_health(target, context_.cluster.state().targets.health(target, now));
    });
}

void batch_run::wake_up() noexcept {
    woken_up_ = true;
    wake_.wake_all();
}

void batch_run::map_seen(clock::time_point began, bool well) noexcept {
    carry_out([&] { machine_.map_seen(began, well, clock::now()); });
}

void batch_run::bucket_seen(std::string_view bucket) noexcept {
    carry_out([&] { machine_.bucket_seen(bucket, clock::now()); });
}

// ---- samples

void batch_run::hand_over(clock::time_point now) {
    auto& report = ledger_.report();
    if (ledger_.has_fresh()) {
        auto const since_start = now - start_;
        if (report.delivered > counted_samples_) context_.trouble.clear();
        if (report.delivered > 0) {
            if (report.first_sample == report.first_sample.zero()) report.first_sample = since_start;
            report.last_sample = since_start;
        }
        auto const bytes = report.bytes - counted_bytes_;
        auto const samples = report.delivered - counted_samples_;
        shard_counters::add(context_.counters.samples, samples);
        shard_counters::add(context_.counters.payload_bytes, bytes);
        counted_bytes_ = report.bytes;
        counted_samples_ = report.delivered;
        work_.release(bytes);
        auto const patience = consumer_patience();
        auto const how = work_.job->on_blocks(work_.number, ledger_.take_fresh(), samples, bytes, now, patience);
        if (how != waking::none) wake_consumer(how, patience);
        if (!std::exchange(sizes_seen_, true)) expect_no_more_than_usual();
    }
    report.fault = machine_.fault();
    if (report.fault && !report.fault->batch) report.fault->batch = work_.number;
    if (machine_.troubles() != noted_troubles_) {
        noted_troubles_ = machine_.troubles();
        report.overcome = machine_.overcome();
        context_.trouble.note(*report.overcome);
    }
    // Entries that the machine has refused but the ledger does not have yet also count.
    bool const all_handed_over = report.delivered + report.missing + report.failed == work_.what->size();
    if (machine_.answered() && all_handed_over && !work_.answered()) {
        context_.typical_batch += (report.last_sample - context_.typical_batch) / 8;
        context_.sight.answered(report);
        work_.tell_answered(report);
    }
}

// After all reads that are ready now, of other responses too, or later: one wake-up for all their samples.
void batch_run::wake_consumer(waking how, std::chrono::microseconds patience) noexcept {
    try {
        if (how == waking::later) return late_wake_.set(patience);
        boost::asio::post(context_.executor, [job = work_.job] { job->wake(); });
    } catch (...) {
        work_.job->wake();
    }
}

// The timer may fire early: its time is that of its last tick, and the thread may have been busy since.
void batch_run::wake_late() noexcept {
    auto const left = work_.job->wake_late(clock::now());
    if (left > left.zero()) wake_consumer(waking::later, std::chrono::ceil<std::chrono::microseconds>(left));
}

void batch_run::count() {
    auto& n = context_.counters;
    auto const add = [](shard_counters::counter& to, std::uint32_t now, std::uint32_t& before) {
        if (now != before) shard_counters::add(to, now - std::exchange(before, now));
    };
    add(n.requests, machine_.requests(), counted_.requests);
    add(n.retries, machine_.retries(), counted_.retries);
    add(n.hedges, machine_.hedges(), counted_.hedges);
    add(n.hedges_won, machine_.hedges_won(), counted_.hedges_won);
    add(n.plain_gets, machine_.plain_gets(), counted_.plain_gets);
    add(n.cold, machine_.cold(), counted_.cold);
    auto& report = ledger_.report();
    report.retries = machine_.retries();
    report.hedges = machine_.hedges();
    report.cold = machine_.cold();
}

// Corrects what a stream's first batches reserved before any sample size was known.
void batch_run::expect_no_more_than_usual() {
    constexpr std::size_t margin = 2;
    auto const typical = work_.job->typical_bytes();
    auto const size_of = [&](std::uint32_t e) {
        return static_cast<std::size_t>(size_asked(work_.what->entries()[e]).value_or(margin * typical));
    };
    for (auto& c : calls_) {
        if (c.ended) continue;
        std::size_t left = 0;
        for (auto const e : c.assembler.asked())
            if (machine_.is_open(e)) left += size_of(e);
        c.expected = std::min(c.expected, left);
    }
    auto expected = expected_bytes();
    for (std::uint32_t e = 0; e < work_.what->size() && expected < work_.reserved(); ++e)
        if (machine_.is_to_be_asked_for(e)) expected += size_of(e);
    if (work_.reserved() > expected) work_.release(work_.reserved() - expected);
}

std::size_t batch_run::expected_bytes() const noexcept {
    std::size_t out = 0;
    for (auto const& c : calls_)
        if (!c.ended) out += c.expected;
    return out;
}

// With several responses in flight, a read may wait until more has arrived: a target's many small writes then cost one
// wake-up for several samples, not one each. The wait is a small part of a batch's time.
std::chrono::microseconds batch_run::patience() const {
    if (machine_.answered()) return 0us;
    // The first sample of the batch that is next in order must not wait.
    if (ledger_.report().delivered == 0 && work_.job->is_head(work_.number)) return 0us;
    return rest(16);
}

// The same for a waiting consumer: waking it costs as much as several samples.
std::chrono::microseconds batch_run::consumer_patience() const {
    return context_.memory.is_overrun() ? 0us : rest(4);
}

// A fraction of a batch's time, 1 to 25 ms; zero while few batches are in flight.
std::chrono::microseconds batch_run::rest(unsigned part) const {
    if (context_.counters.batches.load(std::memory_order_relaxed) < 4) return 0us;
    if (context_.cluster.state().limiter.under_way() < 2) return 0us;  // a consumer waits for its first sample
    auto const rest = std::chrono::duration_cast<std::chrono::microseconds>(context_.typical_batch / part);
    return rest < 1ms ? 0us : std::min<std::chrono::microseconds>(rest, 25ms);
}

assembler_options batch_run::assembling(request_form form) const {
    auto const& asked = work_.job->options();
    assembler_options out;
    out.cont_on_err = asked.cont_on_err;
    out.only_object_names =
        form == request_form::plain || asked.only_obj_name || needs_unames(*work_.what, work_.path_bucket);
    out.sent_opaque = asked.send_opaque;
    out.intake = {asked.decompress, context_.max_sample_bytes};
    return out;
}

}  // namespace aisle::detail
