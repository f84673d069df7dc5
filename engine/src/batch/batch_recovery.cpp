// What batch_run makes of an attempt that has ended.
#include "batch_run.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

bool is_for_want_of_memory(error const& e) {
    return e.code == boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
}

}  // namespace

void batch_run::reap() {
    // Decided one at a time, and those still under way are seen by each decision.
    for (auto c = courses_.begin(); c != courses_.end();) {
        if (!c->ended) {
            ++c;
            continue;
        }
        conclude(*c);
        c = courses_.erase(c);
    }
}

void batch_run::conclude(course& c) {
    auto const now = clock::now();
    learn_from(c, now);
    auto const open = ledger_.open_count();
    if (open < open_at_news_) {
        open_at_news_ = open;
        last_news_ = now;
        attempt_ = 0;
    }
    ++attempt_;
    auto& answer = c.it.assembler();
    if (answer.all_answered()) {
        if (c.it.as() == attempt::form::plain) scope_.object_done();
        // Nobody waits for what another one would still have brought.
        if (c.fault && !c.stopped && answer.all_passed()) {
            shard_counters::add(context_.counters.tail_faults);
            ledger_.note_fault(*c.fault);
        } else {
            scope_.widen();
        }
        return;
    }
    if (c.stopped && !c.was_late) return;  // the whole batch is
    if (active()) {                        // another has been asked for the same
        if (c.is_hedge && hedges_ > 0) --hedges_;
        return;
    }
    if (c.fault && is_for_want_of_memory(*c.fault)) return;  // asked for again when there is room
    if (c.was_late) {
        recover(c, {errc::idle_timeout, stage::response, "the answer took longer than a request may"}, true);
    } else if (c.fault) {
        auto why = std::move(*c.fault);
        recover(c, std::move(why), true);
    } else {
        auto const asked = answer.asked();
        auto const first = std::ranges::find_if(asked, [this](std::uint32_t i) { return ledger_.is_open(i); });
        auto const* const doubt = ledger_.doubt_of(*first);
        recover(c, doubt ? *doubt : error{errc::short_batch, stage::assemble, "an entry was not answered"}, false);
    }
}

void batch_run::recover(course& c, error why, bool whole_answer_failed) {
    std::vector<std::uint32_t> left;
    for (auto const index : c.it.asked())
        if (ledger_.is_open(index)) left.push_back(index);
    auto const now = clock::now();
    trouble t;
    t.why = why;
    t.asked = left.size();
    t.one_bucket = std::ranges::all_of(
        left, [&](std::uint32_t i) { return ledger_.at(i).bucket == ledger_.at(left.front()).bucket; });
    t.plain = scope_.plain_gets();
    if (c.it.as() == attempt::form::plain) t.plain = std::max(t.plain, 1u);
    t.attempt = attempt_;
    t.elapsed = now - last_news_;
    t.retry_after = c.it.retry_after();
    t.draw = context_.cluster.draw();
    auto decided = decide(t, work_.job->options().retry);
    // An answer that was good but for some entries is no reason to give up the others.
    if (decided.what == next_step::give_up && !whole_answer_failed) decided.what = next_step::fail_asked;

    switch (decided.what) {
        case next_step::again: break;
        case next_step::split: scope_.halve(left.size()); break;
        case next_step::split_buckets: scope_.one_bucket_at_a_time(); break;
        case next_step::plain_get: scope_.one_as_object(); break;
        case next_step::fail_asked:
            for (auto const index : left) {
                if (whole_answer_failed && c.it.as() == attempt::form::plain)
                    ledger_.fail_for(index, why);
                else
                    ledger_.fail(index, why);
            }
            if (whole_answer_failed && c.it.as() != attempt::form::plain) ledger_.note_fault(std::move(why));
            scope_.object_done();
            hand_over();
            return;
        case next_step::give_up:
            ledger_.give_up(std::move(why));
            hand_over();
            return;
    }
    ledger_.report().overcome = std::move(why);
    troubled_ = true;
    recovering_ = true;
    not_before_ = now + decided.after;
}

// What an attempt tells of its target, and of how long requests take.
void batch_run::learn_from(course& c, clock::time_point now) {
    auto& answer = c.it.assembler();
    auto const& target = answer.designated_target();
    auto const took = c.answered_at.value_or(now) - c.it.started();
    bool const whole = answer.all_answered() && !c.stopped;
    if (c.is_hedge && answer.brought() > 0) shard_counters::add(context_.counters.hedges_won);
    if (target.empty()) return;
    auto& scores = context_.cluster.scores();
    if (whole || (c.stopped && answer.all_answered()))
        // A wait we chose is not the target's slowness, or it would be waited for ever longer.
        scores.succeeded(target, c.it.asked().size(), took - c.it.held_back(), now);
    else if (c.was_late || (c.fault && !c.stopped && !is_for_want_of_memory(*c.fault)))
        scores.failed(target, now);
    if (whole && !c.is_hedge && hedges_ == 0 && c.it.as() != attempt::form::plain)
        context_.cluster.hedges().took(c.it.asked().size(), took);
}

}  // namespace aisle::detail
