#include "stream_job.hpp"

#include "../block/block.hpp"
#include "../engine/engine_impl.hpp"
#include "../engine/failure.hpp"
#include "../entry/bucket_uri.hpp"
#include "../entry/expectation.hpp"
#include "user_call.hpp"

#include <aisle/recycler.hpp>

#include <algorithm>
#include <utility>

namespace aisle::detail {
namespace {

// Memory of an entry until its sample is taken: names and options, state, its line of the request, sample.
constexpr std::size_t bytes_of_an_entry = 1024;

// Interval at which a stream that waits for memory looks again.
constexpr std::chrono::milliseconds moment{20};
constexpr std::chrono::hours longest_pause{24};

std::size_t expected_bytes(batch const& b, std::size_t typical) {
    std::size_t out = 0;
    for (auto const& e : b.entries()) out += static_cast<std::size_t>(size_asked(e).value_or(typical));
    return out;
}

}  // namespace

stream_job::stream_job(std::weak_ptr<engine_impl> engine, batch_source source, stream_options options, sample_sink sink,
                       finished_handler finished)
    : engine_(std::move(engine)),
      options_(std::move(options)),
      source_(std::move(source)),
      sink_(std::move(sink)),
      on_batch_end_(std::exchange(options_.on_batch_end, {})),
      finished_(std::move(finished)),
      scheduler_(options_.in_flight, options_.max_in_flight),
      forms_(options_.form),
      delivery_(options_.order),
      pushes_(static_cast<bool>(sink_)) {}

void stream_job::pump() {
    auto const engine = engine_.lock();
    std::shared_ptr<stream_job> self;
    lock held(mutex_);
    if (!engine && !all_done()) cancel_locked(said(errc::cancelled, "the engine is gone"));
    // The source may have been called before this pump's event: if it returns not_yet, it is called again.
    if (runs(code::source)) input_ready_ = true;
    bool must_wait = false;
    std::optional<not_yet> later;
    while (engine && !exhausted_ && !stops_ && !runs(code::source)) {
        must_wait = !scheduler_.may_start(delivery_.held_batches(), memory_now(*engine));
        if (must_wait) break;
        if (!self) self = shared_from_this();
        input_ready_ = false;
        auto work = next_work(held, *engine, later);
        if (!work && later && input_ready_) continue;
        if (!work) break;
        held.unlock();
        try {
            engine->dispatch(work);
        } catch (...) {
            fail(std::current_exception());
        }
        work.reset();
        held.lock();
    }
    // The consumer frees memory without notification, so a stream that waits for it polls.
    auto again_in = std::chrono::milliseconds::max();
    if (later && later->ask_again_in != again_in.max())
        again_in =
            std::clamp<std::chrono::milliseconds>(later->ask_again_in, std::chrono::milliseconds(0), longest_pause);
    else if (must_wait && scheduler_.active() < scheduler_.window())
        again_in = moment;
    auto const now = clock::now();
    bool const pumps_again =
        !stops_ && again_in != again_in.max() && (!pumps_again_at_ || now + again_in < *pumps_again_at_);
    if (pumps_again) pumps_again_at_ = now + again_in;
    settle(held);
    if (pumps_again) try {
            engine->pump_again_in(again_in, weak_from_this());
        } catch (...) {
            fail(std::current_exception());
        }
}

memory_view stream_job::memory_now(engine_impl& engine) const {
    auto out = engine.memory().view();
    out.in_use_bytes += static_cast<std::size_t>(asked_samples_ - delivery_.taken()) * bytes_of_an_entry;
    return out;
}

void stream_job::pump_again() {
    {
        lock held(mutex_);
        pumps_again_at_.reset();
    }
    pump();
}

std::shared_ptr<batch_work> stream_job::next_work(lock& held, engine_impl& engine, std::optional<not_yet>& later) {
    std::optional<batch> next;
    later.reset();
    call(held, code::source, [&] {
        auto answer = (*source_)();
        next = std::move(answer.next());
        later = answer.later();
    });
    if (!next && !later && !stops_) exhausted_ = true;
    if (!next || stops_) return {};
    try {
        return work_for(*next, engine);
    } catch (...) {
        cancel_locked(failed_with(std::current_exception()));
        return {};
    }
}

std::shared_ptr<batch_work> stream_job::work_for(batch& next, engine_impl& engine) {
    auto what = std::allocate_shared<batch const>(recycled<batch>(), std::move(next));
    auto const entries = what->size();
    auto const bytes = std::clamp(expected_bytes(*what, scheduler_.expected_bytes(1)), slab_pool::min_slab_bytes,
                                  engine.memory().budget_bytes());
    path_bucket_ = path_bucket_of(*what, path_bucket_);
    auto bucket = path_bucket_;
    delivery_.open();
    // The last step that may fail, because destroying the work takes the lock.
    auto work = std::allocate_shared<batch_work>(recycled<batch_work>(), shared_from_this(), std::move(what),
                                                 next_number_, std::move(bucket), engine.memory(), bytes);
    auto const form = forms_.choose(entries, scheduler_.window());
    work->as_objects = form.as_objects;
    work->form_round = form.round;
    ++next_number_;
    asked_samples_ += entries;
    scheduler_.started(entries, scheduler::clock::now());
    return work;
}

// ---- called by shards

stream_job::consumer_times stream_job::consumed() const {
    lock held(mutex_);
    auto const now = consumer_clock::clock::now();
    return {consumer_.waited(now), consumer_.open(now)};
}

unsigned stream_job::window() const {
    lock held(mutex_);
    return scheduler_.window();
}

std::size_t stream_job::typical_bytes() const {
    lock held(mutex_);
    return scheduler_.expected_bytes(1);
}

bool stream_job::is_head(std::uint64_t number) const {
    lock held(mutex_);
    return delivery_.head() == number;
}

bool stream_job::must_go_on(std::uint64_t number) const {
    lock held(mutex_);
    return delivery_.head() == number && !delivery_.has_ready();
}

waking stream_job::on_blocks(std::uint64_t number, block_list blocks, std::uint64_t delivered, std::uint64_t bytes,
                             clock::time_point now, clock::duration patience) {
    lock held(mutex_);
    scheduler_.saw(delivered, bytes, now);
    if (stops_) {
        held.unlock();
        return waking::none;
    }
    delivery_.push(number, blocks);
    if (pushes_) {
        settle(held);
        return waking::none;
    }
    if (!delivery_.has_ready()) return waking::none;
    if (!is_awaited()) {
        consumer_.ready(now);
        return waking::none;
    }
    // The first samples of a stream are never delayed.
    bool const at_once = pulled_samples_ == 0 || has_enough();
    return wake_rule_.came(at_once, patience, now);
}

void stream_job::wake() noexcept {
    lock held(mutex_);
    wake_rule_.done();
    tell_waiting(held);
}

stream_job::clock::duration stream_job::wake_late(clock::time_point now) noexcept {
    lock held(mutex_);
    if (!wake_rule_.is_over(now)) return wake_rule_.left(now);
    wake_rule_.done();
    tell_waiting(held);
    return {};
}

bool stream_job::has_enough() const noexcept {
    auto const samples = delivery_.ready_samples();
    return wake_rule::is_enough({samples, scheduler_.expected_bytes(samples)},
                                asked_samples_ / std::max<std::uint64_t>(next_number_, 1));
}

// Counts the consumer's time from now on, if it does not wait while samples are ready.
void stream_job::count_consumer() noexcept {
    if (!pushes_ && !is_awaited() && !consumer_.is_running() && delivery_.has_ready())
        consumer_.ready(consumer_clock::clock::now());
}

// Notifies waiting consumers of any kind, unless they will be notified soon. Unlocks.
void stream_job::tell_waiting(lock& held) noexcept {
    bool const tells = has_news() && (is_over_locked() || !wake_rule_.lets_sleep(has_enough()));
    auto const waits = tells ? ready_.set() : nullptr;
    bool const wakes = tells && takers_ > 0;
    if (tells) wake_rule_.done();
    count_consumer();
    held.unlock();
    if (wakes) changed_.notify_all();
    if (waits) waits->ready();
}

void stream_job::on_answered(batch_work const& work, batch_report const& report) {
    lock held(mutex_);
    auto const now = scheduler::clock::now();
    scheduler_.answered(work.what->size(), report.bytes, now);
    forms_.answered(work.form_round, work.what->size(), report.bytes, report.last_sample, now);
    if (forms_.in_trial()) scheduler_.interrupt(now);
    if (listener_) listener_->answered(report, now);
    ++answered_batches_;
    summary_.delivered += report.delivered;
    summary_.missing += report.missing;
    summary_.failed += report.failed;
    summary_.bytes += report.bytes;
    if (!stops_) try {
            delivery_.answered(work.number);
            // The head batch is complete: the consumer gets its rest immediately.
            if (delivery_.head() > work.number || options_.order == batch_order::completed) wake_rule_.done();
        } catch (...) {
            cancel_locked(failed_with(std::current_exception()));
        }
    settle(held);
    pump();
}

void stream_job::tell(std::shared_ptr<batch_listener> listener) {
    lock held(mutex_);
    listener_ = std::move(listener);
}

void stream_job::on_end(batch_report const& report) {
    lock held(mutex_);
    if (!runs(code::report))
        tell_end(held, report);
    else
        tell_end_later(report);
    settle(held);
    pump();
}

void stream_job::count_end(batch_report const& report) noexcept {
    ++summary_.batches;
    summary_.retries += report.retries;
    summary_.hedges += report.hedges;
    summary_.cold += report.cold;
    if (report.fault && !summary_.fault) summary_.fault = copy_of(*report.fault);
    scheduler_.ended();
    if (options_.keep_reports == 0 || shut_) return;
    try {
        reports_.push_back(report);
        if (reports_.size() > options_.keep_reports) reports_.pop_front();
    } catch (...) {
        cancel_locked(failed_with(std::current_exception()));
    }
}

void stream_job::tell_end_later(batch_report const& report) noexcept {
    if (on_batch_end_ && !shut_) try {
            ends_.push_back(report);
            return;
        } catch (...) {
            cancel_locked(failed_with(std::current_exception()));
        }
    count_end(report);
}

// Also reports batches that ended meanwhile on other threads. Precondition: on_batch_end is not running.
void stream_job::tell_end(lock& held, batch_report const& report) {
    auto const tell = [&](batch_report const& r) {
        if (on_batch_end_ && !shut_) call(held, code::report, [&] { on_batch_end_(r); });
        count_end(r);
    };
    tell(report);
    while (!ends_.empty()) {
        auto const next = std::move(ends_.front());
        ends_.pop_front();
        tell(next);
    }
}

void stream_job::push_ready(lock& held) {
    if (!pushes_ || runs(code::sink)) return;
    while (delivery_.has_ready() && !stops_) {
        auto now = delivery_.take();
        consumer_.ready(consumer_clock::clock::now());
        call(held, code::sink, [&] {
            while (!now.empty() && !stops_.load(std::memory_order_relaxed)) {
                auto block = now.pop_front();
                block_access::hand_over(block);
                sink_(block, stops_);
            }
            now.clear();
        });
        consumer_.taken(consumer_clock::clock::now());
    }
}

// Performs everything that has become due. Unlocks.
void stream_job::settle(lock& held) {
    push_ready(held);
    signal_shards(held);
    if (all_done() && !runs(code::sink)) finish(held);
    bool const ended = finish_over_ && !std::exchange(left_engine_, finish_over_);
    tell_waiting(held);
    if (!ended) return;
    if (auto const engine = engine_.lock()) engine->forget(*this);
}

// Ends active requests immediately. Unlocks and locks again.
void stream_job::signal_shards(lock& held) noexcept {
    if (!std::exchange(signal_due_, false)) return;
    held.unlock();
    if (auto const engine = engine_.lock()) engine->cancel_batches_of(weak_from_this().lock());
    held.lock();
}

}  // namespace aisle::detail
