#include "batch_run.hpp"

#include "../engine/cancellation.hpp"
#include "../entry/request_plan.hpp"

#include <aisle/codec/archive_format.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>

namespace aisle::detail {
namespace {

using namespace std::chrono_literals;

// Beside one request. AIStore draws a target for each; three that all do badly are the cluster's, not a target's.
constexpr unsigned most_hedges = 2;

// In the middle of an answer; or twice what is late for a whole one, if that is more.
constexpr std::chrono::nanoseconds longest_rest = 5s;

// Memory the consumer lets go of tells nobody.
constexpr auto memory_poll = 20ms;

std::string words_of(std::exception_ptr const& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& e) {
        return e.what();
    }
}

}  // namespace

batch_run::batch_run(fetch_context context, batch_work work)
    : context_(context),
      work_(std::move(work)),
      ledger_(work_.what, work_.number),
      wake_(context.executor),
      open_at_news_(ledger_.open_count()),
      reserved_(work_.reserved_bytes) {}

http::task<void> batch_run::run() {
    hand_over();
    for (bool cancelling = false;;) {
        reap();
        if (ledger_.answered() && courses_.empty()) break;
        auto asking = is_cancelled();
        bool const stop_now = co_await std::move(asking);
        if (stop_now && !cancelling) {
            cancelling = true;
            stop_all();
        }
        if (cancelling && courses_.empty()) {
            ledger_.give_up(cancelled());
            hand_over();
            continue;
        }
        if (!cancelling) look(clock::now());
        if (std::exchange(poked_, false)) continue;
        auto waiting = wake_.wait(cancelling ? clock::time_point::max() : next_look());
        co_await std::move(waiting);
    }
    work_.job->on_end(ledger_.report());
}

// What may be done now: start what comes next, ask for a second copy, stop what is of no use.
void batch_run::look(clock::time_point now) {
    for (auto& c : courses_) {
        if (c.ended || c.stopped) continue;
        auto& answer = c.it.assembler();
        bool const useless = answer.all_answered() && !answer.all_passed();
        c.was_late = now - c.it.started() > context_.request_timeout;
        if (useless || c.was_late) stop(c);
    }
    if (ledger_.answered()) return;
    auto* const current = active();
    if (!current)
        start_next(now);
    else if (auto const due = stall_due(); due && *due <= now)
        hedge(now, true);
    else if (auto const late = hedge_due(); late && *late <= now)
        hedge(now, false);
}

batch_run::course* batch_run::active() {
    auto const found = std::ranges::find_if(courses_, [this](course& c) { return is_active(c); });
    return found == courses_.end() ? nullptr : &*found;
}

batch_run::clock::time_point batch_run::next_look() {
    auto next = clock::time_point::max();
    for (auto const& c : courses_)
        if (!c.ended && !c.stopped) next = std::min(next, c.it.started() + context_.request_timeout + 1ms);
    if (ledger_.answered()) return next;
    auto const now = clock::now();
    auto* const current = active();
    if (!current) return std::min(next, std::max(not_before_, now + memory_poll));
    // A hedge that is due and was not made is thought of again in a while.
    for (auto const due : {hedge_due(), stall_due()})
        if (due) next = std::min(next, std::max(*due, now + memory_poll));
    return next;
}

void batch_run::start_next(clock::time_point now) {
    if (now < not_before_) return;
    auto const typical = work_.job->typical_bytes();
    auto const bytes_of = [typical](entry const& e) {
        return static_cast<std::size_t>(size_asked(e).value_or(typical));
    };
    auto wish = scope_.next(ledger_, context_.memory.part_bytes(), bytes_of);
    std::size_t bytes = 0;
    for (auto const index : wish.entries) bytes += bytes_of(ledger_.at(index));
    bytes = std::max(bytes, slab_pool::min_slab_bytes);
    if (reserved_ < bytes) {
        // The first part was reserved with the batch's admission, as far as its size was known then.
        bool const first = courses_.empty() && attempt_ == 0 && ledger_.report().bytes == 0;
        auto const more = bytes - reserved_;
        if (!first && !context_.memory.has_room_for(more) && !work_.job->must_go_on(work_.number)) return;
        context_.memory.reserve(more);
        reserved_ += more;
    }
    if (std::exchange(recovering_, false)) {
        ++ledger_.report().retries;
        shard_counters::add(context_.counters.retries);
    }
    hedges_ = 0;
    start(std::move(wish), false);
}

// A streamed zip that a damaged shard has cut within its last member looks whole, CRC and count included (AIStore
// behaviour). Looking for the bad entry makes each of them the last of a request; the metadata of parts has its size.
attempt::form batch_run::form_of_batch() const {
    auto const& asked = work_.job->options();
    bool const doubtful = troubled_ && codec::archive_format_named(asked.output_format) == codec::archive_format::zip;
    return asked.streaming_get && !doubtful ? attempt::form::stream : attempt::form::in_parts;
}

void batch_run::start(request_scope::wish wish, bool is_hedge) {
    auto const as = wish.plain ? attempt::form::plain : form_of_batch();
    shard_counters::add(wish.plain ? context_.counters.plain_gets : context_.counters.requests);
    if (!wish.plain && !is_hedge) context_.cluster.hedges().asked(wish.entries.size());
    attempt_context const shared(context_.cluster, context_.slabs, work_, ledger_, *this);
    auto& c = courses_.emplace_back(shared, as, std::move(wish.entries), assembling(wish.plain));
    c.is_hedge = is_hedge;
    auto slot = c.stop.slot();
    boost::asio::co_spawn(
        context_.executor, c.it.run(),
        boost::asio::bind_cancellation_slot(slot, [this, &c](std::exception_ptr failure, result<void> outcome) {
            if (failure)
                c.fault = error{errc::limit_exceeded, stage::response, words_of(failure)};
            else if (!outcome)
                c.fault = std::move(outcome).error();
            c.ended = true;
            poke();
        }));
}

bool batch_run::may_hedge() const {
    return work_.job->options().hedging && hedges_ < most_hedges && !courses_.empty() &&
           courses_.back().it.as() != attempt::form::plain;
}

// Of the request that was made last: a hedge may be late itself, as two targets may wait for the same lost peer.
std::optional<batch_run::clock::time_point> batch_run::hedge_due() const {
    if (!may_hedge()) return std::nullopt;
    auto const& last = courses_.back().it;
    auto const due = context_.cluster.hedges().due(last.asked().size());
    if (!due) return std::nullopt;
    return last.started() + std::chrono::duration_cast<clock::duration>(*due);
}

// AIStore behaviour: no byte for seconds in the middle of an answer mostly means that its target waits 20 s for a lost
// peer, or is lost itself, and another target does better. Nothing comes of a multipart answer before it stands ready.
std::optional<batch_run::clock::time_point> batch_run::stall_due() const {
    if (!may_hedge()) return std::nullopt;
    auto const& last = courses_.back().it;
    auto const usual = context_.cluster.hedges().due(last.asked().size());
    if (!usual && last.as() == attempt::form::in_parts) return std::nullopt;
    auto const rest = std::max<std::chrono::nanoseconds>(longest_rest, 2 * usual.value_or(longest_rest));
    return last.last_read() + std::chrono::duration_cast<clock::duration>(rest);
}

// What is late within the budget for that; what rests for long in any case, as waiting for it is mostly in vain.
void batch_run::hedge(clock::time_point now, bool stalled) {
    request_scope::wish rest;
    for (auto const index : courses_.back().it.asked())
        if (ledger_.is_open(index)) rest.entries.push_back(index);
    if (rest.entries.empty()) return;
    auto& rule = context_.cluster.hedges();
    bool const affordable = rule.may_hedge(rest.entries.size());
    if ((!affordable && !stalled) || !context_.cluster.has_room(now)) return;
    if (affordable) rule.hedged(rest.entries.size());
    ++hedges_;
    ++ledger_.report().hedges;
    shard_counters::add(context_.counters.hedges);
    start(std::move(rest), true);
}

void batch_run::stop(course& c) {
    c.stopped = true;
    c.stop.emit(boost::asio::cancellation_type::terminal);
}

void batch_run::poke() {
    poked_ = true;
    wake_.wake_all();
}

void batch_run::stop_all() {
    for (auto& c : courses_)
        if (!c.ended) stop(c);
}

result<void> batch_run::read_was_taken() {
    hand_over();
    for (auto& c : courses_)
        if (!c.answered_at && c.it.assembler().all_answered()) {
            c.answered_at = clock::now();
            poke();  // the next part may begin while what came last is read to its end
        }
    if (active() && context_.memory.is_overrun() && !work_.job->must_go_on(work_.number))
        return error{make_error_code(boost::system::errc::not_enough_memory), stage::response,
                     "broken off, as the samples were larger than expected and nobody takes them"};
    return {};
}

void batch_run::hand_over() {
    auto& report = ledger_.report();
    auto& fresh = ledger_.fresh();
    if (!fresh.empty()) {
        auto const since_start = clock::now() - start_;
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
        release_reserved(bytes);
        work_.job->on_samples(work_.number, fresh, samples, bytes);
    }
    if (ledger_.answered() && !told_answered_) {
        told_answered_ = true;
        context_.typical_batch += (report.last_sample - context_.typical_batch) / 8;
        release_reserved(reserved_);
        work_.job->on_answered(work_, report);
    }
}

void batch_run::release_reserved(std::size_t bytes) {
    bytes = std::min(bytes, reserved_);
    reserved_ -= bytes;
    context_.memory.release(bytes);
}

// With several answers under way a read may rest until more has arrived: a target's many small writes then cost one
// wake-up for several samples instead of one each. The rest is a small part of what a batch takes anyway.
std::chrono::microseconds batch_run::patience() const {
    if (ledger_.answered() || context_.counters.batches.load(std::memory_order_relaxed) < 4) return 0us;
    auto const rest = std::chrono::duration_cast<std::chrono::microseconds>(context_.typical_batch / 16);
    return rest < 1ms ? 0us : std::min<std::chrono::microseconds>(rest, 25ms);
}

assembler_options batch_run::assembling(bool plain) const {
    auto const& asked = work_.job->options();
    assembler_options out;
    out.missing = asked.missing;
    out.cont_on_err = asked.cont_on_err;
    out.only_object_names = plain || asked.only_obj_name || needs_unames(*work_.what, work_.path_bucket);
    out.intake = {asked.decompress, context_.max_sample_bytes};
    return out;
}

}  // namespace aisle::detail
