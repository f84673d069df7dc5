#include "../stream/sample_access.hpp"
#include "../stream/stream_job.hpp"
#include "engine_impl.hpp"
#include "failure.hpp"

#include <aisle/engine.hpp>

#include <unistd.h>

namespace aisle {
namespace detail {
namespace {

// A forked child has a copy of its parent's engine, but none of its threads, and its sockets and the epoll set they are
// in are the parent's. Destroying the copy would wait for threads that are not there and change the parent's epoll set,
// so it stays for as long as the child lives.
void forget(std::shared_ptr<engine_impl> of_the_parent) {
    static auto* const forgotten = new std::vector<std::shared_ptr<engine_impl>>;
    forgotten->push_back(std::move(of_the_parent));
}

}  // namespace
}  // namespace detail

batch_source::batch_source(batch only)
    : next_([left = std::optional<batch>(std::move(only))]() mutable { return std::exchange(left, std::nullopt); }) {}

batch_source::batch_source(std::vector<batch> all)
    : next_([left = std::move(all), at = std::size_t{0}]() mutable -> std::optional<batch> {
          if (at == left.size()) return {};
          return std::move(left[at++]);
      }) {}

sample_stream::sample_stream(std::shared_ptr<detail::stream_job> job) : job_(std::move(job)) {}
sample_stream::sample_stream(sample_stream&& other) noexcept
    : job_(std::move(other.job_)),
      ready_(std::move(other.ready_)),
      taken_(std::exchange(other.taken_, 0)),
      handed_over_(std::exchange(other.handed_over_, 0)) {}

sample_stream& sample_stream::operator=(sample_stream&& other) noexcept {
    if (this != &other) {
        leave();
        job_ = std::move(other.job_);
        ready_ = std::move(other.ready_);
        taken_ = std::exchange(other.taken_, 0);
        handed_over_ = std::exchange(other.handed_over_, 0);
    }
    return *this;
}

sample_stream::~sample_stream() {
    leave();
}

void sample_stream::leave() noexcept {
    // Kept for as long as it takes: what the user's code destroys may be what keeps it.
    if (auto const job = std::move(job_)) job->leave(ready_.size() - taken_);
}

std::optional<sample> sample_stream::next() {
    bool starts = false;
    if (taken_ == ready_.size()) {
        taken_ = handed_over_ = 0;
        ready_.clear();
        if (!job_ || !job_->take(ready_, starts)) return {};
    }
    if (taken_ == handed_over_) handed_over_ += detail::sample_access::hand_over(std::span(ready_).subspan(taken_));
    std::optional<sample> out(std::move(ready_[taken_++]));
    if (starts) job_->pump();  // calls the source, which may destroy this stream
    return out;
}

result<summary> sample_stream::finish() {
    ready_.clear();
    taken_ = handed_over_ = 0;
    auto const job = job_;
    if (!job) return detail::said(errc::invalid_argument, "finish() of a stream that was moved from");
    return job->wait_finished();
}

void sample_stream::cancel() noexcept {
    if (auto const job = job_) job->cancel(detail::said(errc::cancelled, "the stream was cancelled"));
}

sample_stream::iterator sample_stream::begin() {
    return iterator(*this);
}

engine::engine(engine_options options)
    : impl_(std::make_shared<detail::engine_impl>(std::move(options))), process_(::getpid()) {}

engine::~engine() {
    auto const impl = std::move(impl_);
    if (process_ == ::getpid())
        impl->close();
    else
        detail::forget(impl);
}

detail::engine_impl& engine::here() const {
    if (process_.load(std::memory_order_acquire) == ::getpid()) return *impl_;
    std::lock_guard lock(forked_);
    if (process_ != ::getpid()) {
        auto fresh = std::make_shared<detail::engine_impl>(impl_->options());
        detail::forget(std::exchange(impl_, std::move(fresh)));
        process_.store(::getpid(), std::memory_order_release);
    }
    return *impl_;
}

sample_stream engine::get(batch b, stream_options options) {
    return open(batch_source(std::move(b)), std::move(options));
}

sample_stream engine::open(batch_source batches, stream_options options) {
    return sample_stream(here().open(std::move(batches), std::move(options), {}, {}));
}

result<summary> engine::stream(batch_source batches, stream_options options, sample_sink const& sink) {
    auto samples = open(std::move(batches), std::move(options));
    while (auto s = samples.next()) sink(std::move(*s));
    return samples.finish();
}

std::function<void()> engine::start(batch_source batches, stream_options options, sample_sink sink,
                                    std::function<void(result<summary>)> done) {
    if (!sink) throw exception({errc::invalid_argument, stage::usage, "the sink is empty: there is nothing to call"});
    // Made first: once the stream runs, nothing may fail here.
    auto const job = std::make_shared<std::weak_ptr<detail::stream_job>>();
    std::function<void()> cancel = [job] {
        if (auto const alive = job->lock()) alive->cancel(detail::said(errc::cancelled, "the stream was cancelled"));
    };
    *job = here().open(std::move(batches), std::move(options), std::move(sink), std::move(done));
    return cancel;
}

engine_stats engine::stats() const {
    return here().stats();
}

}  // namespace aisle
