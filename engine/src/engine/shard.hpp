#pragma once

#include "../batch/reading_order.hpp"
#include "../call/operation.hpp"
#include "../cluster/cluster_access.hpp"
#include "../request/body_pool.hpp"
#include "../sight/shard_sight.hpp"
#include "../stream/memory_budget.hpp"
#include "../stream/stream_job.hpp"
#include "io_loop.hpp"
#include "shard_counters.hpp"
#include "trouble_board.hpp"

#include <aisle/http/asio.hpp>
#include <aisle/http/client.hpp>
#include <aisle/recycler.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <list>
#include <memory>

namespace aisle::detail {

/// One loop, usually with its own thread, and its connections. A batch never leaves its shard, so nothing here is
/// locked.
class shard {
public:
    /// number: from 0; shards: how many the engine has. slabs, memory, trouble and log outlive the shard. Throws
    /// std::system_error if its thread cannot be started.
    shard(engine_options const& options, std::vector<http::url> proxies, run_by who, unsigned number, unsigned shards,
          slab_pool& slabs, memory_budget& memory, trouble_board& trouble, engine_log& log);
    /// Calls stop() if needed, and waits for the loop's end. Not inside a handler.
    ~shard();

    // ---- any thread
    /// Throws std::bad_alloc; the work then remains the caller's.
    void fetch(std::shared_ptr<batch_work> work);
    /// Throws std::bad_alloc.
    void cancel_batches_of(std::shared_ptr<stream_job> job);
    /// Runs an operation on a bucket. Throws std::bad_alloc.
    void perform(std::shared_ptr<operation> what);
    /// Ends the remaining work of an operation that has completed. Without memory for that, it runs to its end.
    void cancel(operation const& what) noexcept;
    /// Called with the failure if there was no memory for the wait.
    using later_call = std::function<void(std::exception_ptr)>;
    /// Calls it on the shard's thread after this time, unless the shard ends or forget(whose) is called earlier. Throws
    /// std::bad_alloc.
    void call_later(std::chrono::milliseconds in, void const* whose, later_call what);
    /// Throws std::bad_alloc.
    void forget(void const* whose);
    shard_counters const& counters() const noexcept { return counters_; }
    shard_sight const& sight() const noexcept { return sight_; }
    /// CPU time of the loop so far.
    std::chrono::nanoseconds cpu() const noexcept { return loop_.cpu(); }
    /// Time with at least one batch in flight.
    std::chrono::nanoseconds busy() const noexcept;

    io_loop& loop() noexcept { return loop_; }
    /// Cancels everything; the loop then ends. Without memory for that, it waits for memory.
    void stop() noexcept;
    /// Replaces the destructor inside a handler: the loop destroys the shard when it ends, and then `kept`, which the
    /// shard needs. After stop().
    static void outlive(std::shared_ptr<shard> mine, std::shared_ptr<void> kept) noexcept;

private:
    struct running {
        std::shared_ptr<stream_job> job;
        boost::asio::cancellation_signal stop;
    };
    using running_list = std::list<running, recycled<running>>;
    struct performing {
        std::shared_ptr<operation> what;
        boost::asio::cancellation_signal stop;
    };
    struct later {
        later(void const* w, http::executor ex, later_call f) : whose(w), timer(ex), what(std::move(f)) {}
        void const* const whose;
        http::timer timer;
        later_call const what;
    };

    void count_busy() noexcept;
    void start(batch_work work);
    void ended(running_list::iterator which) noexcept;
    void count_wire() noexcept;
    void start(std::shared_ptr<operation> what);
    void begin_later(std::chrono::milliseconds in, void const* whose, later_call what);

    reading_order reading_;  // outlives the coroutines held by the loop
    io_loop loop_;
    slab_pool& slabs_;
    memory_budget& memory_;
    body_pool bodies_;
    trouble_board& trouble_;
    std::uint64_t const max_sample_bytes_;
    std::chrono::milliseconds const first_byte_timeout_;
    std::chrono::milliseconds const request_timeout_;
    bool const cold_gets_;
    shard_counters counters_;
    shard_sight sight_;
    http::client client_;
    cluster_access cluster_;
    running_list running_;
    std::list<performing> operations_;
    std::list<later> later_;  // of call_later()
    std::chrono::nanoseconds typical_batch_{0};
    bool closed_ = false;
    bool stopped_ = false;   // by stop()
    bool outlives_ = false;  // its engine
};

}  // namespace aisle::detail
