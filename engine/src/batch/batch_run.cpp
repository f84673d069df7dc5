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

// Where a coroutine is destroyed in place of completing, its run ends too.
struct leaving {
    batch_run& run;
    ~leaving() { run.left(); }
};

}  // namespace

http::task<void> fetch_batch(fetch_context context, batch_work work) {
    // Cancellation shows as an error of the operation under way, and the run ends by its usual way.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const run = std::make_shared<batch_run>(context, std::move(work));
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
      wake_(context.executor) {
    context_.cluster.watch(*this);
}

batch_run::~batch_run() {
    context_.cluster.unwatch(*this);
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
            if (std::exchange(poked_, false) || machine_.wants_look()) continue;
            auto waiting = wake_.wait(machine_.wake());
            co_await std::move(waiting);
        }
    } catch (...) {
        fail(std::current_exception());
    }
    if (!failed_) work_.tell_end(ledger_.report());
}

// Tells the machine what happened; then it is looked at.
template <class F>
void batch_run::carry_out(F&& step) noexcept {
    try {
        step();
    } catch (...) {
        fail(std::current_exception());
    }
    poke();
}

// Half of a step may be done, so nothing more is made of this batch.
void batch_run::fail(std::exception_ptr failure) noexcept {
    if (std::exchange(failed_, true)) return;
    work_.job->fail(failure);
    for (auto& c : calls_) drop(c);
    poke();
}

// Of a failed run: what the cluster's state counts for this request.
void batch_run::forget(std::uint32_t id) noexcept {
    try {
        machine_.ended(id, cancelled(), {}, {}, clock::now());
    } catch (...) {
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
            case batch_action::kind::look_at_map: context_.cluster.look_at_map(); break;
            case batch_action::kind::look_at_bucket: context_.cluster.look_at_bucket(std::move(action->bucket)); break;
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
        auto const health = context_.cluster.state().targets.health(c.watched.target, now);
        context_.sight.ended(work_.number, c.watched, failed ? &*fault : nullptr, health);
        machine_.ended(c.id, std::move(fault), c.retry_after, c.full_target, now);
    });
}

void batch_run::poke() noexcept {
    poked_ = true;
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
        if (work_.job->on_blocks(work_.number, ledger_.fresh(), samples, bytes, now)) wake_consumer();
        if (!std::exchange(sizes_seen_, true)) expect_no_more_than_usual();
    }
    report.fault = machine_.fault();
    if (report.fault && !report.fault->batch) report.fault->batch = work_.number;
    if (machine_.troubles() != noted_troubles_) {
        noted_troubles_ = machine_.troubles();
        report.overcome = machine_.overcome();
        context_.trouble.note(*report.overcome);
    }
    // Refusals of the machine that have not reached the ledger yet are answers too.
    bool const all_handed_over = report.delivered + report.missing + report.failed == work_.what->size();
    if (machine_.answered() && all_handed_over && !work_.answered()) {
        context_.typical_batch += (report.last_sample - context_.typical_batch) / 8;
        context_.sight.answered(report);
        work_.tell_answered(report);
    }
}

// Behind the reads that are ready now, of other answers too: one wake-up for all they bring.
void batch_run::wake_consumer() noexcept {
    try {
        boost::asio::post(context_.executor, [job = work_.job] { job->wake(); });
    } catch (...) {
        work_.job->wake();
    }
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

// The first batches of a stream are reserved for before anything is known of their sizes.
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

// With several answers under way a read may rest until more has arrived: a target's many small writes then cost one
// wake-up for several samples instead of one each. The rest is a small part of what a batch takes anyway.
std::chrono::microseconds batch_run::patience() const {
    if (machine_.answered() || context_.counters.batches.load(std::memory_order_relaxed) < 4) return 0us;
    if (context_.cluster.state().limiter.under_way() < 2) return 0us;  // somebody waits for its first sample
    auto const rest = std::chrono::duration_cast<std::chrono::microseconds>(context_.typical_batch / 16);
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
