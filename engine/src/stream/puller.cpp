#include "puller.hpp"

#include "../block/block.hpp"
#include "../engine/failure.hpp"

#include <utility>

namespace aisle {
namespace detail {

// Makes current_ the next block.
bool puller::fill(stream_job::clock::time_point until, bool& starts) {
    if (!current_.empty()) return true;
    if (taken_.empty()) taken_ = job_->take(until, starts);
    if (taken_.empty()) return false;
    current_ = taken_.pop_front();
    block_access::hand_over(current_);
    return true;
}

std::optional<sample> puller::next() {
    bool starts = false;
    if (!fill(stream_job::clock::time_point::max(), starts)) return {};
    std::optional<sample> out(block_access::take_first(current_));
    if (starts) pump();
    return out;
}

std::optional<sample_block> puller::next_block(stream_job::clock::time_point until) {
    bool starts = false;
    if (!fill(until, starts)) return {};
    std::optional<sample_block> out(std::move(current_));
    if (starts) pump();
    return out;
}

std::optional<sample_block> puller::next_block_aside() {
    bool starts = false;
    std::optional<sample_block> out;
    {
        std::lock_guard const lock(aside_);
        if (fill(stream_job::clock::time_point::min(), starts)) out = std::move(current_);
    }
    if (starts) pump();
    return out;
}

// The source may destroy this puller.
void puller::pump() {
    auto const job = job_;
    job->pump();
}

void puller::leave() noexcept {
    std::size_t left = 0;
    {
        std::lock_guard const lock(aside_);
        left = unused();
        drop();
    }
    job_->leave(left);
}

void puller::drop() noexcept {
    current_ = {};
    taken_.clear();
}

std::size_t puller::unused() const noexcept {
    return current_.size() + static_cast<std::size_t>(taken_.samples());
}

void wait_for_block(std::shared_ptr<puller> const& from, std::shared_ptr<block_wait> wait) noexcept {
    if (from->has_block())
        wait->ready();
    else
        from->job()->wait_ready(std::move(wait));
}

void stop_waiting(puller& from, block_wait& wait) noexcept {
    from.job()->stop_waiting(wait);
}

bool take_waited(puller& from, std::optional<sample_block>& into, boost::system::error_code& code) {
    auto const job = from.job();
    into = from.next_block_aside();
    if (into) return true;
    if (job->stopped()) code = make_error_code(errc::cancelled);
    return code || job->is_over();
}

}  // namespace detail

sample_stream::sample_stream(std::shared_ptr<detail::puller> from) noexcept : from_(std::move(from)) {}
sample_stream::sample_stream(sample_stream&&) noexcept = default;
sample_stream& sample_stream::operator=(sample_stream&& other) noexcept {
    if (this != &other) {
        leave();
        from_ = std::move(other.from_);
    }
    return *this;
}
sample_stream::~sample_stream() {
    leave();
}

void sample_stream::leave() noexcept {
    // Kept until leave() returns: the user's code that it destroys may own this stream.
    if (auto const from = std::move(from_)) from->leave();
}

std::optional<sample> sample_stream::next() {
    if (!from_) return {};
    return from_->next();
}

std::optional<sample_block> sample_stream::next_block() {
    if (!from_) return {};
    return from_->next_block(detail::stream_job::clock::time_point::max());
}

std::optional<sample_block> sample_stream::try_next_block() {
    if (!from_) return {};
    return from_->next_block(detail::stream_job::clock::time_point::min());
}

std::optional<sample_block> sample_stream::next_block_for(std::chrono::nanoseconds limit) {
    using clock = detail::stream_job::clock;
    if (!from_) return {};
    auto const now = clock::now();
    return from_->next_block(limit < clock::time_point::max() - now ? now + limit : clock::time_point::max());
}

bool sample_stream::at_end() const {
    return !from_ || from_->at_end();
}

int sample_stream::ready_fd() {
    if (!from_) throw exception({errc::invalid_argument, stage::usage, "ready_fd() of a moved-from stream"});
    return from_->job()->ready_fd(from_->has_block());
}

void sample_stream::input_ready() {
    if (auto const from = from_) from->job()->input_ready();
}

std::vector<batch_report> sample_stream::take_reports() {
    return from_ ? from_->job()->take_reports() : std::vector<batch_report>();
}

result<summary> sample_stream::finish() {
    auto const from = from_;
    if (!from) return detail::said(errc::invalid_argument, "finish() of a moved-from stream");
    from->drop();
    return from->job()->wait_finished();
}

void sample_stream::cancel() noexcept {
    if (auto const from = from_) from->job()->cancel(detail::said(errc::cancelled, "the stream was cancelled"));
}

sample_stream::iterator sample_stream::begin() {
    return iterator(*this);
}

}  // namespace aisle
