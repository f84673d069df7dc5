#pragma once

#include "../cluster/cluster_access.hpp"
#include "../engine/failure.hpp"
#include "../engine/shard_counters.hpp"
#include "../engine/trouble_board.hpp"
#include "../sight/engine_log.hpp"

#include <aisle/http/asio.hpp>
#include <aisle/result.hpp>
#include <aisle/slab.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace aisle::detail {

/// What an operation uses of its shard. Outlived by the shard.
struct operation_context {
    http::executor executor;
    cluster_access& cluster;
    slab_pool& slabs;
    shard_counters& counters;
    trouble_board& trouble;
    engine_log& log;
    std::uint64_t max_sample_bytes;
    std::chrono::milliseconds first_byte_timeout;
};

/// One call of aisle::bucket. A shard runs it. It completes exactly once, with whichever comes first: its result, its
/// cancellation, or the end of the engine.
class operation {
public:
    virtual ~operation() = default;
    /// On the shard's thread, once. The operation lives until it is done.
    virtual http::task<void> run(operation_context context) = 0;
    /// Completes it with this error, unless it has completed. Any thread.
    virtual void fail(error why) noexcept = 0;
    /// True once it has completed.
    virtual bool answered() const noexcept = 0;
};

/// Called once, on any thread. Must not block. If it throws std::bad_alloc, it is called again with an error, and must
/// not throw then.
template <class T>
using completion = std::function<void(result<T>)>;

/// An operation with a result of type T.
template <class T>
class operation_to final : public operation {
public:
    /// Makes the coroutine; called on the shard's thread, and kept until the coroutine has ended.
    using work = std::function<http::task<result<T>>(operation_context)>;

    operation_to(work what, completion<T> done) : work_(std::move(what)), done_(std::move(done)) {}

    http::task<void> run(operation_context context) override {
        try {
            auto working = work_(context);
            auto outcome = co_await std::move(working);
            answer(std::move(outcome));
        } catch (...) {
            answer(failed_with(std::current_exception()));
        }
    }
    void fail(error why) noexcept override { answer(std::move(why)); }
    bool answered() const noexcept override { return answered_.load(std::memory_order_acquire); }

private:
    void answer(result<T> outcome) noexcept {
        if (answered_.exchange(true, std::memory_order_acq_rel)) return;
        auto const done = std::move(done_);
        try {
            done(std::move(outcome));
        } catch (...) {  // no memory to pass on the outcome
            done(failed_with(std::current_exception()));
        }
    }

    work const work_;
    completion<T> done_;
    std::atomic<bool> answered_{false};
};

}  // namespace aisle::detail
