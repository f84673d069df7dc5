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
#include <exception>
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
    /// stop(), unless it was called, and joins the thread. Not from the shard's own thread.
    ~shard();

    // ---- any thread
    /// Throws std::bad_alloc; the work is the caller's then.
    void fetch(std::shared_ptr<batch_work> work);
    /// Throws std::bad_alloc.
    void cancel_batches_of(std::shared_ptr<stream_job> job);
    /// Called with what went wrong if there was no memory to wait with.
    using later_call = std::function<void(std::exception_ptr)>;
    /// Calls it on the shard's thread after a while, unless the shard ends before, or forget(whose) is called. Throws
    /// std::bad_alloc.
    void call_later(std::chrono::milliseconds in, void const* whose, later_call what);
    /// Throws std::bad_alloc.
    void forget(void const* whose);
    shard_counters const& counters() const noexcept { return counters_; }

    /// Cancels what runs; the thread then ends. Waits for memory where there is none.
    void stop() noexcept;
    bool is_this_thread() const noexcept { return thread_.get_id() == std::this_thread::get_id(); }
    /// Instead of the destructor, on the shard's own thread: the thread destroys the shard when it ends, and then
    /// `kept`, which is what the shard needs. After stop().
    static void outlive(std::unique_ptr<shard> mine, std::shared_ptr<void> kept) noexcept;

private:
    struct running {
        std::shared_ptr<stream_job> job;
        boost::asio::cancellation_signal stop;
    };
    struct later {
        later(void const* w, http::executor ex, later_call f) : whose(w), timer(ex), what(std::move(f)) {}
        void const* const whose;
        http::timer timer;
        later_call const what;
    };

    void run() noexcept;
    void start(batch_work work);
    void ended(std::list<running>::iterator which) noexcept;
    void begin_later(std::chrono::milliseconds in, void const* whose, later_call what);

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
    std::list<later> later_;  // of call_later()
    std::chrono::nanoseconds typical_batch_{0};
    bool closed_ = false;
    bool stopped_ = false;              // by stop()
    std::unique_ptr<shard> own_;        // itself, once it outlives its engine
    std::shared_ptr<void> own_keeper_;  // and what it needs then
    std::thread thread_;
};

}  // namespace aisle::detail
