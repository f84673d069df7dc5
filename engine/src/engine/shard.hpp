#pragma once

#include "../cluster/cluster_access.hpp"
#include "../stream/memory_budget.hpp"
#include "../stream/stream_job.hpp"
#include "shard_counters.hpp"
#include "trouble_board.hpp"

#include <aisle/http/asio.hpp>
#include <aisle/http/client.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <thread>

namespace aisle::detail {

/// One thread, one io_context and its connections. A batch never leaves its shard, so nothing here is locked.
class shard {
public:
    /// shards: how many of them the engine has. slabs, memory and trouble outlive the shard.
    shard(engine_options const& options, std::vector<http::url> proxies, unsigned shards, slab_pool& slabs,
          memory_budget& memory, trouble_board& trouble);
    /// Cancels what runs, waits for it and joins the thread. Not from the shard's own thread.
    ~shard();

    // ---- any thread
    void fetch(batch_work work);
    void cancel_batches_of(std::shared_ptr<stream_job> job);
    /// Calls it on the shard's thread after a while, unless the shard ends before.
    void call_later(std::chrono::milliseconds in, std::function<void()> what);
    shard_counters const& counters() const noexcept { return counters_; }

private:
    struct running {
        std::shared_ptr<stream_job> job;
        boost::asio::cancellation_signal stop;
    };

    void start(batch_work work);
    void ended(std::list<running>::iterator which, std::exception_ptr failure);

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_{io_.get_executor()};
    slab_pool& slabs_;
    memory_budget& memory_;
    trouble_board& trouble_;
    std::uint64_t const max_sample_bytes_;
    std::chrono::milliseconds const request_timeout_;
    bool const cold_gets_;
    shard_counters counters_;
    http::client client_;
    cluster_access cluster_;
    std::list<running> running_;
    std::list<http::timer> later_;  // of call_later()
    std::chrono::nanoseconds typical_batch_{0};
    bool closed_ = false;
    std::thread thread_;
};

}  // namespace aisle::detail
