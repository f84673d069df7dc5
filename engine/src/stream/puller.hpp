#pragma once

#include "stream_job.hpp"

#include <aisle/stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

namespace aisle::detail {

/// The consumer's end of a stream: blocks taken from the stream under its lock and not used yet. One thread at a time.
/// Any call may destroy it, through the source that it calls.
class puller {
public:
    /// Created before the stream, so that nothing can fail once the stream runs.
    puller() = default;
    void pulls_from(std::shared_ptr<stream_job> job) noexcept { job_ = std::move(job); }

    std::optional<sample> next();
    /// Waits until then; nullopt on timeout, or at the end.
    std::optional<sample_block> next_block(stream_job::clock::time_point until);
    /// The next block if available, for an asynchronous operation; the consumer may leave meanwhile.
    std::optional<sample_block> next_block_aside();
    bool at_end() const { return !has_block() && job_->is_over(); }
    bool has_block() const noexcept { return !current_.empty() || !taken_.empty(); }

    std::shared_ptr<stream_job> const& job() const noexcept { return job_; }
    /// Releases unused blocks.
    void drop() noexcept;
    /// The consumer leaves.
    void leave() noexcept;

private:
    bool fill(stream_job::clock::time_point until, bool& starts);
    void pump();
    std::size_t unused() const noexcept;

    std::shared_ptr<stream_job> job_;
    std::mutex aside_;  // between next_block_aside() and leave()
    block_list taken_;
    sample_block current_;  // partly passed to the consumer
};

}  // namespace aisle::detail
