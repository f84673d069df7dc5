#include "stream_job.hpp"

#include "../engine/engine_impl.hpp"
#include "../engine/failure.hpp"
#include "../entry/bucket_uri.hpp"
#include "../entry/expectation.hpp"
#include "sample_access.hpp"
#include "user_call.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace aisle::detail {
namespace {

// What an entry takes by itself while its sample is not taken: names and options, state, its line of the request,
// sample.
constexpr std::size_t bytes_of_an_entry = 1024;

std::size_t expected_bytes(batch const& b, std::size_t typical) {
    std::size_t out = 0;
    for (auto const& e : b.entries()) out += static_cast<std::size_t>(size_asked(e).value_or(typical));
    return out;
}

}  // namespace

stream_job::stream_job(std::weak_ptr<engine_impl> engine, batch_source source, stream_options options, sample_sink sink,
                       finished_handler finished)
    : engine_(std::move(engine)),
      process_(::getpid()),
      options_(std::move(options)),
      source_(std::move(source)),
      sink_(std::move(sink)),
      on_batch_end_(std::exchange(options_.on_batch_end, {})),
      finished_(std::move(finished)),
      scheduler_(options_.in_flight),
      delivery_(options_.order),
      pushes_(static_cast<bool>(sink_)) {}

void stream_job::pump() {
    auto const engine = engine_.lock();
    std::shared_ptr<stream_job> self;
    lock held(mutex_);
    if (!engine && !all_done()) cancel_locked(said(errc::cancelled, "the engine is gone"));
    bool must_wait = false;
    while (engine && !exhausted_ && !stops_ && !runs(code::source)) {
        must_wait = !scheduler_.may_start(delivery_.held_batches(), memory_now(*engine));
        if (must_wait) break;
        if (!self) self = shared_from_this();
        auto work = next_work(held, *engine);
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
    // Memory the consumer lets go of tells nobody, so a stream that waits for it looks again by itself.
    bool const looks_again = must_wait && !looks_again_ && scheduler_.active() < scheduler_.window();
    looks_again_ = looks_again_ || looks_again;
    settle(held);
    if (looks_again) try {
            engine->look_again_soon(weak_from_this());
        } catch (...) {
            fail(std::current_exception());
        }
}

memory_view stream_job::memory_now(engine_impl& engine) const {
    auto out = engine.memory().view();
    out.in_use_bytes += static_cast<std::size_t>(asked_samples_ - delivery_.taken()) * bytes_of_an_entry;
    return out;
}

void stream_job::look_again() {
    {
        lock held(mutex_);
        looks_again_ = false;
    }
    pump();
}

std::shared_ptr<batch_work> stream_job::next_work(lock& held, engine_impl& engine) {
    std::optional<batch> next;
    call(held, code::source, [&] { next = (*source_)(); });
    if (!next && !stops_) exhausted_ = true;
    if (!next || stops_) return {};
    try {
        return work_for(*next, engine);
    } catch (...) {
        cancel_locked(failed_with(std::current_exception()));
        return {};
    }
}

std::shared_ptr<batch_work> stream_job::work_for(batch& next, engine_impl& engine) {
    auto what = std::make_shared<batch const>(std::move(next));
    auto const entries = what->size();
    auto const bytes = std::clamp(expected_bytes(*what, scheduler_.expected_bytes(1)), slab_pool::min_slab_bytes,
                                  engine.memory().part_bytes());
    path_bucket_ = path_bucket_of(*what, path_bucket_);
    auto bucket = path_bucket_;
    delivery_.open();
    // Last of what may fail: one that is destroyed takes the lock to say so.
    auto work = std::make_shared<batch_work>(shared_from_this(), std::move(what), next_number_, std::move(bucket),
                                             engine.memory(), bytes);
    ++next_number_;
    asked_samples_ += entries;
    scheduler_.started();
    return work;
}

// Whoever would wake a forked child from waiting here is in its parent.
bool stream_job::is_of_a_parent() const noexcept {
    return process_ != ::getpid();
}

// ---- consumer's side

bool stream_job::take(std::vector<sample>& into, bool& starts) {
    if (is_of_a_parent()) return false;
    lock held(mutex_);
    changed_.wait(held,
                  [&] { return delivery_.has_ready() || stops_ || (exhausted_ && answered_batches_ == next_number_); });
    if (stops_ || !delivery_.has_ready()) return false;
    delivery_.take(into);
    pulled_samples_ += into.size();
    starts = !exhausted_;
    return true;
}

result<summary> stream_job::wait_finished() {
    if (is_of_a_parent())
        return error{errc::cancelled, stage::usage, "the stream belongs to the process that this one was forked from"};
    lock held(mutex_);
    if (is_inside()) {
        if (!cancelled_)
            return error{errc::invalid_argument, stage::usage,
                         "finish() was called by a callback of the stream that it would wait for: cancel it first, or "
                         "call finish() elsewhere"};
        shut(held);
    }
    std::vector<sample> dropped;
    while (!finish_over_) {
        changed_.wait(held, [&] { return finish_over_ || delivery_.has_ready(); });
        delivery_.take(dropped);
        pulled_samples_ += dropped.size();
        held.unlock();
        dropped.clear();
        pump();
        held.lock();
    }
    if (!cancelled_) return summary_;
    if (auto const thrown = cancelled_->thrown) {
        held.unlock();
        std::rethrow_exception(thrown);
    }
    return *cancelled_;
}

void stream_job::cancel(error why) noexcept {
    if (is_of_a_parent()) return;
    lock held(mutex_);
    if (all_done()) return;
    cancel_locked(std::move(why));
    settle(held);
}

void stream_job::fail(std::exception_ptr const& failure) noexcept {
    cancel(failed_with(failure));
}

void stream_job::leave(std::size_t unused) noexcept {
    if (is_of_a_parent()) return;
    lock held(mutex_);
    stops_ = true;  // what the source gives from now on is not asked for
    bool const all_used = pulled_samples_ - unused == asked_samples_;
    if (!all_done() && !all_used) cancel_locked(said(errc::cancelled, "the stream was destroyed"));
    shut(held);
    drop_thrown(held);
    settle(held);
}

void stream_job::abandon(error why) noexcept {
    if (is_of_a_parent()) return;
    lock held(mutex_);
    if (!all_done()) cancel_locked(std::move(why));
    shut(held);
    settle(held);
}

// Nobody will ask for it. Its destructor is the user's code, so it is not left to whoever lets go of the stream last.
void stream_job::drop_thrown(lock& held) noexcept {
    if (!cancelled_ || !cancelled_->thrown) return;
    auto thrown = std::exchange(cancelled_->thrown, nullptr);
    held.unlock();
    thrown = nullptr;
    held.lock();
}

void stream_job::cancel_locked(error&& why) noexcept {
    if (!cancelled_) {
        cancelled_ = std::move(why);
        signal_due_ = true;
    }
    stops_ = true;
}

bool stream_job::cancelled() const {
    lock held(mutex_);
    return cancelled_.has_value();
}

// ---- shards' side

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

void stream_job::on_samples(std::uint64_t number, std::vector<sample>& samples, std::uint64_t delivered,
                            std::uint64_t bytes) {
    lock held(mutex_);
    scheduler_.saw(delivered, bytes);
    if (stops_) {
        held.unlock();
        samples.clear();
        return;
    }
    delivery_.push(number, samples);
    settle(held);
}

void stream_job::on_answered(batch_work const& work, batch_report const& report) {
    lock held(mutex_);
    scheduler_.answered(work.what->size(), report.bytes, scheduler::clock::now());
    ++answered_batches_;
    summary_.delivered += report.delivered;
    summary_.missing += report.missing;
    summary_.failed += report.failed;
    summary_.bytes += report.bytes;
    if (!stops_) try {
            delivery_.answered(work.number);
        } catch (...) {
            cancel_locked(failed_with(std::current_exception()));
        }
    settle(held);
    pump();
}

void stream_job::on_end(batch_report const& report) {
    lock held(mutex_);
    bool told = false;
    if (on_batch_end_ && !shut_) try {
            ends_.push_back(report);
            told = true;
        } catch (...) {
            cancel_locked(failed_with(std::current_exception()));
        }
    if (!told) count_end(report);
    report_ends(held);
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
}

void stream_job::report_ends(lock& held) {
    if (runs(code::report)) return;  // by whoever is inside
    while (!ends_.empty()) {
        auto const report = std::move(ends_.front());
        ends_.pop_front();
        if (on_batch_end_ && !shut_) call(held, code::report, [&] { on_batch_end_(report); });
        count_end(report);
    }
}

void stream_job::push_ready(lock& held) {
    if (!pushes_ || runs(code::sink)) return;
    std::vector<sample> now;
    while (delivery_.has_ready() && !stops_) {
        delivery_.take(now);
        call(held, code::sink, [&] {
            std::size_t handed_over = 0;
            for (std::size_t i = 0; i < now.size(); ++i) {
                if (stops_.load(std::memory_order_relaxed)) break;
                if (i == handed_over) handed_over += sample_access::hand_over(std::span(now).subspan(i));
                sink_(std::move(now[i]));
            }
            now.clear();
        });
    }
}

// What has become due. Unlocks.
void stream_job::settle(lock& held) {
    push_ready(held);
    signal_shards(held);
    changed_.notify_all();
    if (all_done() && !runs(code::sink)) finish(held);
    bool const ended = finish_over_ && !std::exchange(left_engine_, finish_over_);
    held.unlock();
    if (!ended) return;
    if (auto const engine = engine_.lock()) engine->forget(*this);
}

// So that requests under way end at once. Unlocks and locks again.
void stream_job::signal_shards(lock& held) noexcept {
    if (!std::exchange(signal_due_, false)) return;
    held.unlock();
    if (auto const engine = engine_.lock()) engine->cancel_batches_of(weak_from_this().lock());
    held.lock();
}

}  // namespace aisle::detail
