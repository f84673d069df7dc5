#pragma once

#include "stream_job.hpp"

#include <aisle/stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace aisle::detail {

/// The consumer's end of a stream: what it took from the stream under its lock, and has not used yet. One thread at a
/// time. Any call may destroy it, by way of the source it calls.
class puller {
public:
    /// Made before the stream, so that nothing can fail once that runs.
    puller() = default;
    void pulls_from(std::shared_ptr<stream_job> job) noexcept { job_ = std::move(job); }

    std::optional<sample> next();
    /// Waits until then; nothing by then, or at the end.
    std::optional<sample_block> next_block(stream_job::clock::time_point until);
    /// The next block if it is here, for an asynchronous operation: meanwhile the consumer may go away.
    std::optional<sample_block> next_block_aside();
    bool at_end() const { return !has_block() && job_->is_over(); }
    bool has_block() const noexcept { return !current_.empty() || at_ < taken_.size(); }

    std::shared_ptr<stream_job> const& job() const noexcept { return job_; }
    /// Lets go of what was not used.
    void drop() noexcept;
    /// The consumer goes away.
    void leave() noexcept;

private:
    bool fill(stream_job::clock::time_point until, bool& starts);
    void pump();
    std::size_t unused() const noexcept;

    std::shared_ptr<stream_job> job_;
    std::mutex aside_;  // between next_block_aside() and leave()
    std::vector<sample_block> taken_;
    std::size_t at_ = 0;    // of taken_, those before it were used
    sample_block current_;  // handed over to the consumer, in part
};

}  // namespace aisle::detail
