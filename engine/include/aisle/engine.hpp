#pragma once

#include <aisle/batch.hpp>
#include <aisle/options.hpp>
#include <aisle/result.hpp>
#include <aisle/sample.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace aisle {

namespace detail {
class engine_impl;
class stream_job;
}  // namespace detail

/// Where a stream takes its batches from: called for one batch at a time, nullopt ends the stream.
///
/// Called as room opens, never twice at once, on an engine thread or on the one that opens the stream or takes a
/// sample. It must not block for long. What it throws, of any type, cancels the stream and comes out of finish().
class batch_source {
public:
    /// From a function.
    template <class F>
        requires std::is_invocable_r_v<std::optional<batch>, F&>
    batch_source(F next) : next_(std::move(next)) {}
    batch_source(batch only);
    batch_source(std::vector<batch> all);

    std::optional<batch> operator()() { return next_(); }

private:
    std::function<std::optional<batch>()> next_;
};

/// Samples in order, pulled by the consumer's own thread while the engine reads ahead.
///
/// Move-only. One consumer thread at a time; cancel() may come from any. It may outlive the engine: then it ends.
///
/// Destroying it cancels what is under way; but when every sample of the batches asked for was taken, their answers are
/// read to their ends in the background, so that their connections serve again, and what is wrong with them is counted
/// in engine_stats::tail_faults. Either way the destructor does not wait for the network.
///
/// When the destructor has returned, or finish() after cancel(), the source and on_batch_end are called no more and are
/// destroyed, and nothing of the caller's runs on another thread: a callback that is running there is waited for. A
/// callback may itself cancel or destroy the stream it is called by; it is then destroyed when it returns. Two
/// callbacks of different streams, each of which destroys the other's stream at the same moment, wait for each other
/// for ever.
class sample_stream {
public:
    class iterator;

    sample_stream(sample_stream&&) noexcept;
    sample_stream& operator=(sample_stream&&) noexcept;
    ~sample_stream();

    /// The next sample, waiting for it; nullopt after the last one, or after cancel().
    /// The last sample of a batch comes when its payload is here: what the server sends behind it (AIStore holds it
    /// back for 100 ms) is read and checked in the background, and finish() tells its verdict.
    std::optional<sample> next();

    /// Waits until every answer is read to its end and checked. Samples not pulled by then are dropped.
    /// An error only when the stream as a whole could not run or was cancelled (errc::cancelled,
    /// errc::deadline_exceeded, std::errc::not_enough_memory); faults of batches are in the summary. Throws what the
    /// source or on_batch_end threw. From a callback of the same stream: errc::invalid_argument, unless it is
    /// cancelled.
    result<summary> finish();

    /// Ends the stream soon: next() gives nullopt, finish() errc::cancelled. Thread-safe, may be called twice.
    void cancel() noexcept;

    iterator begin();
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class engine;
    explicit sample_stream(std::shared_ptr<detail::stream_job> job);
    void leave() noexcept;

    std::shared_ptr<detail::stream_job> job_;
    std::vector<sample> ready_;
    std::size_t taken_ = 0;
    std::size_t handed_over_ = 0;  // of ready_, those that count as the consumer's memory
};

/// Input iterator of range-for; the sample belongs to the iterator until the next step and may be moved from.
class sample_stream::iterator {
public:
    using value_type = sample;
    using difference_type = std::ptrdiff_t;

    explicit iterator(sample_stream& from) : from_(&from), current_(from.next()) {}
    sample& operator*() const noexcept { return *current_; }
    iterator& operator++() {
        current_ = from_->next();
        return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return !current_; }

private:
    sample_stream* from_;
    mutable std::optional<sample> current_;
};

/// Takes each sample. Move it to keep it; dropping it gives the memory back.
using sample_sink = std::function<void(sample)>;

/// Keeps many Get-Batch requests in flight and hands their samples out in order.
///
/// Owns its network threads. Thread-safe: several threads may stream at once. Destroying it cancels every stream and
/// joins its threads; samples and streams live on. When the destructor has returned, nothing of the caller's is called
/// or destroyed any more, as with sample_stream; the `done` of start() was called before. It may be destroyed on any
/// thread, by a callback too: the engine's thread that this callback is on ends soon after it has returned.
///
/// A callback must not end its thread (pthread_exit, pthread_cancel) on one of the engine's: Asio's coroutines catch
/// what unwinds it, and the C library then aborts the process. On the caller's own thread that ends the stream.
///
/// Every entry is answered exactly once, as a sample: delivered, missing, or failed with an error that says why.
///
/// In a forked child the engine starts anew at its first use there, with connections and threads of the child's own;
/// the parent's go on untouched. Streams belong to the process that opened them: in the child they have ended. Samples
/// of the parent may be read in the child; dropping them there is not safe while the parent's engine was at work.
class engine {
public:
    /// Throws aisle::exception (errc::invalid_endpoint, errc::invalid_argument) for options it cannot work with.
    /// Nothing is sent and no thread started before the first stream.
    explicit engine(engine_options options = {});
    ~engine();
    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;

    /// Pulls one batch. Throws as open() does.
    sample_stream get(batch b, stream_options options = {});
    /// Pulls many. Throws aisle::exception for options out of their ranges (errc::invalid_argument, errc::unsupported;
    /// the text names the option and the range), std::system_error where no thread can be started, std::bad_alloc.
    sample_stream open(batch_source batches, stream_options options = {});

    /// Pushes every sample into sink, on the calling thread, and returns when all is read and checked. A sink that
    /// takes its time slows the asking, not the reading. What sink, the source or on_batch_end throws, of any type,
    /// cancels the stream at once and comes out here, when nothing of the caller's is called any more.
    result<summary> stream(batch_source batches, stream_options options, sample_sink const& sink);

    /// Pushes every sample into sink on an engine thread, where its bytes were just parsed: the least work a sample,
    /// for sinks that return at once. What sink, the source or on_batch_end throws cancels the stream at once: done
    /// gets errc::callback_failed, with the exception in error::thrown.
    ///
    /// done is called exactly once, last, when the engine has destroyed the source, the sink and on_batch_end: on an
    /// engine thread; on the caller's, where the stream turns out to be empty at once; in the engine's destructor,
    /// where that ends it. May be empty. What it throws is dropped. Returns the function that cancels the stream,
    /// callable from any thread. Throws aisle::exception as open() does, and for an empty sink. aisle::async_stream
    /// (async.hpp) is this with a completion token.
    std::function<void()> start(batch_source batches, stream_options options, sample_sink sink,
                                std::function<void(result<summary>)> done);

    engine_stats stats() const;

private:
    detail::engine_impl& here() const;

    mutable std::shared_ptr<detail::engine_impl> impl_;
    mutable std::atomic<long> process_;  // that impl_ was made in
    mutable std::mutex forked_;          // taken in children only
};

}  // namespace aisle
