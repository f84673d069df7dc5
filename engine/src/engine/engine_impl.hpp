#pragma once

#include "../stream/memory_budget.hpp"
#include "../stream/stream_job.hpp"
#include "trouble_board.hpp"

#include <aisle/engine.hpp>
#include <aisle/slab.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

namespace aisle::detail {

class shard;

/// What the streams of one engine share: shards, slabs and the byte budget. Thread-safe.
class engine_impl : public std::enable_shared_from_this<engine_impl> {
public:
    /// Throws aisle::exception for options it cannot work with. Starts no thread.
    explicit engine_impl(engine_options options);
    ~engine_impl();

    std::shared_ptr<stream_job> open(batch_source source, stream_options options, sample_sink sink,
                                     std::function<void(result<summary>)> finished);
    /// Cancels every stream and joins the threads. After it nothing is called any more.
    void close() noexcept;
    engine_stats stats() const;
    engine_options const& options() const noexcept { return options_; }

    // ---- for stream_job
    memory_budget& memory() noexcept { return memory_; }
    /// Gives the batch to the least busy shard; one that is closed answers it as cancelled.
    void dispatch(batch_work work);
    void cancel_batches_of(std::shared_ptr<stream_job> const& job);
    /// Pumps the stream again in a moment.
    void look_again_soon(std::weak_ptr<stream_job> job);
    /// Ends the stream with errc::deadline_exceeded unless it has ended by then.
    void end_after(std::weak_ptr<stream_job> job, std::chrono::milliseconds limit);

private:
    void start_shards();

    engine_options const options_;
    slab_pool slabs_;
    memory_budget memory_{slabs_};
    trouble_board trouble_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<shard>> shards_;  // filled once, before the first stream
    std::vector<std::weak_ptr<stream_job>> jobs_;
    bool closed_ = false;
};

}  // namespace aisle::detail
