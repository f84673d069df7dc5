#include "engine_impl.hpp"
#include "stream_job.hpp"

#include <aisle/engine.hpp>

namespace aisle {

batch_source::batch_source(batch only)
    : next_([left = std::optional<batch>(std::move(only))]() mutable { return std::exchange(left, std::nullopt); }) {}

batch_source::batch_source(std::vector<batch> all)
    : next_([left = std::move(all), at = std::size_t{0}]() mutable -> std::optional<batch> {
          if (at == left.size()) return {};
          return std::move(left[at++]);
      }) {}

sample_stream::sample_stream(std::shared_ptr<detail::stream_job> job) : job_(std::move(job)) {}
sample_stream::sample_stream(sample_stream&&) noexcept = default;

sample_stream& sample_stream::operator=(sample_stream&& other) noexcept {
    if (this != &other) {
        cancel();
        job_ = std::move(other.job_);
        ready_ = std::move(other.ready_);
        taken_ = std::exchange(other.taken_, 0);
    }
    return *this;
}

sample_stream::~sample_stream() {
    cancel();
}

std::optional<sample> sample_stream::next() {
    if (taken_ == ready_.size()) {
        taken_ = 0;
        ready_.clear();
        if (!job_ || !job_->take(ready_)) return {};
    }
    return std::move(ready_[taken_++]);
}

result<summary> sample_stream::finish() {
    ready_.clear();
    taken_ = 0;
    return job_->wait_finished();
}

void sample_stream::cancel() noexcept {
    if (job_) job_->cancel({errc::cancelled, stage::usage, "the stream was cancelled"});
}

sample_stream::iterator sample_stream::begin() {
    return iterator(*this);
}

engine::engine(engine_options options) : impl_(std::make_shared<detail::engine_impl>(std::move(options))) {}
engine::~engine() {
    impl_->close();
}

sample_stream engine::get(batch b, stream_options options) {
    return open(batch_source(std::move(b)), std::move(options));
}

sample_stream engine::open(batch_source batches, stream_options options) {
    return sample_stream(impl_->open(std::move(batches), std::move(options), {}, {}));
}

result<summary> engine::stream(batch_source batches, stream_options options, sample_sink const& sink) {
    auto samples = open(std::move(batches), std::move(options));
    while (auto s = samples.next()) sink(std::move(*s));
    return samples.finish();
}

std::function<void()> engine::start(batch_source batches, stream_options options, sample_sink sink,
                                    std::function<void(result<summary>)> done) {
    std::weak_ptr<detail::stream_job> const job =
        impl_->open(std::move(batches), std::move(options), std::move(sink), std::move(done));
    return [job] {
        if (auto const alive = job.lock()) alive->cancel({errc::cancelled, stage::usage, "the stream was cancelled"});
    };
}

engine_stats engine::stats() const {
    return impl_->stats();
}

}  // namespace aisle
