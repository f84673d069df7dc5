#pragma once

#include "stream_job.hpp"

#include <aisle/http/asio.hpp>
#include <aisle/http/client.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <thread>

namespace aisle::detail {

/// Counters a shard writes and anybody reads.
struct shard_counters {
    std::atomic<std::uint64_t> samples{0};
    std::atomic<std::uint64_t> payload_bytes{0};
    std::atomic<std::uint64_t> tail_faults{0};
    std::atomic<std::uint64_t> wire_bytes{0};
    std::atomic<std::uint64_t> reads{0};
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint32_t> batches{0};  ///< given to this shard and not ended
};

/// One thread, one io_context and its connections. A batch never leaves its shard, so nothing here is locked.
class shard {
public:
    shard(std::weak_ptr<engine_impl> engine, engine_options const& options, http::url endpoint, slab_pool& slabs);
    /// Cancels what runs, waits for it and joins the thread. Not from the shard's own thread.
    ~shard();

    // ---- any thread
    void fetch(batch_work work);
    void cancel_batches_of(std::shared_ptr<stream_job> job);
    void look_again_later(std::weak_ptr<stream_job> job, std::chrono::milliseconds in);
    shard_counters const& counters() const noexcept { return counters_; }

private:
    struct running {
        std::shared_ptr<stream_job> job;
        boost::asio::cancellation_signal stop;
    };

    void start(batch_work work);
    void ended(std::list<running>::iterator which, std::size_t reserved_bytes, std::exception_ptr failure);

    std::weak_ptr<engine_impl> engine_;
    http::url const endpoint_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_{io_.get_executor()};
    slab_pool& slabs_;
    std::uint64_t const max_sample_bytes_;
    http::client client_;
    std::list<running> running_;
    shard_counters counters_;
    std::chrono::nanoseconds typical_batch_{0};
    bool closed_ = false;
    std::thread thread_;
};

}  // namespace aisle::detail
