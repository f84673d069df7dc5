#include "stream_job.hpp"

#include "../engine/engine_impl.hpp"
#include "../entry/bucket_uri.hpp"
#include "../entry/expectation.hpp"
#include "sample_access.hpp"

#include <algorithm>
#include <unistd.h>

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
      finished_(std::move(finished)),
      scheduler_(options_.in_flight),
      delivery_(options_.order) {}

void stream_job::pump() {
    auto const engine = engine_.lock();
    lock held(mutex_);
    if (!engine) {
        cancel_locked({errc::cancelled, stage::usage, "the engine is gone"});
        advance(held);
        return;
    }
    bool must_wait = false;
    while (!exhausted_ && !cancelled_ && !taking_source_) {
        must_wait = !scheduler_.may_start(delivery_.held_batches(), memory_now(*engine));
        if (must_wait) break;
        auto work = next_work(held, engine->memory().part_bytes());
        if (!work) break;
        engine->memory().reserve(work->reserved_bytes);
        held.unlock();
        engine->dispatch(std::move(*work));
        held.lock();
    }
    // Memory the consumer lets go of tells nobody, so a stream that waits for it looks again by itself.
    bool const looks_again = must_wait && !looks_again_ && scheduler_.active() < scheduler_.window();
    looks_again_ = looks_again_ || looks_again;
    advance(held);
    if (held.owns_lock()) held.unlock();
    if (looks_again) engine->look_again_soon(weak_from_this());
}

memory_view stream_job::memory_now(engine_impl& engine) const {
    auto out = engine.memory().view();
    out.in_use_bytes += static_cast<std::size_t>(opened_entries_ - delivery_.taken()) * bytes_of_an_entry;
    return out;
}

void stream_job::look_again() {
    {
        lock held(mutex_);
        looks_again_ = false;
    }
    pump();
}

std::optional<batch_work> stream_job::next_work(lock& held, std::size_t most_bytes) {
    taking_source_ = true;
    held.unlock();
    std::optional<batch> next;
    std::optional<error> broken;
    try {
        next = source_();
    } catch (std::exception const& e) {
        broken = error{errc::invalid_argument, stage::usage, std::string("the batch source threw: ") + e.what()};
    }
    held.lock();
    taking_source_ = false;
    if (broken) cancel_locked(std::move(*broken));
    if (!next) exhausted_ = true;
    if (!next || cancelled_) return {};

    batch_work work;
    work.job = shared_from_this();
    work.what = std::make_shared<batch const>(std::move(*next));
    work.number = next_number_++;
    work.reserved_bytes =
        std::clamp(expected_bytes(*work.what, scheduler_.expected_bytes(1)), slab_pool::min_slab_bytes, most_bytes);
    path_bucket_ = path_bucket_of(*work.what, path_bucket_);
    work.path_bucket = path_bucket_;
    opened_entries_ += work.what->size();
    scheduler_.started();
    delivery_.open();
    return work;
}

// Whoever would wake a forked child from waiting here is in its parent.
bool stream_job::is_of_a_parent() const noexcept {
    return process_ != ::getpid();
}

bool stream_job::take(std::vector<sample>& into) {
    if (is_of_a_parent()) return false;
    lock held(mutex_);
    changed_.wait(
        held, [&] { return delivery_.has_ready() || cancelled_ || (exhausted_ && answered_batches_ == next_number_); });
    if (cancelled_ || !delivery_.has_ready()) return false;
    delivery_.take(into);
    bool const room = !exhausted_;
    held.unlock();
    if (room) pump();
    return true;
}

result<summary> stream_job::wait_finished() {
    if (is_of_a_parent())
        return error{errc::cancelled, stage::usage, "the stream belongs to the process that this one was forked from"};
    lock held(mutex_);
    std::vector<sample> dropped;
    for (;;) {
        changed_.wait(held, [&] { return all_done() || delivery_.has_ready(); });
        if (!delivery_.has_ready()) break;
        delivery_.take(dropped);
        held.unlock();
        dropped.clear();
        pump();
        held.lock();
    }
    if (cancelled_) return *cancelled_;
    return summary_;
}

void stream_job::cancel(error why) {
    if (is_of_a_parent()) return;
    lock held(mutex_);
    if (all_done()) return;
    cancel_locked(std::move(why));
    advance(held);
    if (held.owns_lock()) held.unlock();
    if (auto const engine = engine_.lock()) engine->cancel_batches_of(shared_from_this());
}

void stream_job::cancel_locked(error why) {
    if (!cancelled_) cancelled_ = std::move(why);
    changed_.notify_all();
}

bool stream_job::cancelled() const {
    lock held(mutex_);
    return cancelled_.has_value();
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

void stream_job::on_samples(std::uint64_t number, std::vector<sample>& samples, std::uint64_t delivered,
                            std::uint64_t bytes) {
    lock held(mutex_);
    scheduler_.saw(delivered, bytes);
    if (cancelled_) {
        held.unlock();
        samples.clear();
        return;
    }
    delivery_.push(number, samples);
    advance(held);
}

void stream_job::on_answered(batch_work const& work, batch_report const& report) {
    lock held(mutex_);
    scheduler_.answered(work.what->size(), report.bytes, scheduler::clock::now());
    ++answered_batches_;
    summary_.delivered += report.delivered;
    summary_.missing += report.missing;
    summary_.failed += report.failed;
    summary_.bytes += report.bytes;
    if (!cancelled_) delivery_.answered(work.number);
    advance(held);
    if (held.owns_lock()) held.unlock();
    pump();
}

void stream_job::on_end(batch_report const& report) {
    if (options_.on_batch_end) {
        std::lock_guard one_at_a_time(reporting_);
        options_.on_batch_end(report);
    }
    lock held(mutex_);
    ++summary_.batches;
    summary_.retries += report.retries;
    summary_.hedges += report.hedges;
    summary_.cold += report.cold;
    if (report.fault && !summary_.fault) summary_.fault = report.fault;
    scheduler_.ended();
    advance(held);
    if (held.owns_lock()) held.unlock();
    pump();
}

void stream_job::advance(lock& held) {
    if (sink_) push_ready(held);
    changed_.notify_all();
    if (!all_done() || pushing_ || finished_called_) return;
    finished_called_ = true;
    if (!finished_) return;
    auto outcome = cancelled_ ? result<summary>(*cancelled_) : result<summary>(summary_);
    held.unlock();
    finished_(std::move(outcome));
}

void stream_job::push_ready(lock& held) {
    if (pushing_) return;
    pushing_ = true;
    std::vector<sample> now;
    while (delivery_.has_ready() && !cancelled_) {
        delivery_.take(now);
        held.unlock();
        std::optional<error> broken;
        try {
            std::size_t handed_over = 0;
            for (std::size_t i = 0; i < now.size(); ++i) {
                if (i == handed_over) handed_over += sample_access::hand_over(std::span(now).subspan(i));
                sink_(std::move(now[i]));
            }
        } catch (std::exception const& e) {
            broken = error{errc::invalid_argument, stage::usage, std::string("the sink threw: ") + e.what()};
        }
        now.clear();
        held.lock();
        if (broken) cancel_locked(std::move(*broken));
    }
    pushing_ = false;
}

}  // namespace aisle::detail
