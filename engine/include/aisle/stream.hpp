#pragma once

#include <aisle/export.h>
#include <aisle/options.hpp>
#include <aisle/result.hpp>
#include <aisle/sample.hpp>
#include <aisle/sample_block.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace aisle {

namespace detail {
class puller;
}  // namespace detail

/// A stream of samples in order. The consumer pulls them one by one, or in blocks, which cost least; meanwhile the
/// engine reads ahead.
///
/// Move-only. Not thread-safe, except for cancel() and input_ready(), which any thread may call at any time. A stream
/// may outlive its engine; it is then at its end.
///
/// The destructor cancels the requests that are active and never waits for the network. If every sample of the
/// requested batches was taken, it lets their responses be read to the end in the background, so that the connections
/// can be reused; faults found there are counted in engine_stats::tail_faults.
///
/// After the destructor has returned, or finish() after cancel(), the source and on_batch_end are destroyed and no code
/// of the caller runs on an engine thread: both wait for a callback that is running. A callback may cancel or destroy
/// its own stream, which is then destroyed when the callback returns. Two callbacks of different streams that destroy
/// each other's stream at the same time deadlock.
class AISLE_API sample_stream {
public:
    class iterator;

    sample_stream(sample_stream&&) noexcept;
    sample_stream& operator=(sample_stream&&) noexcept;
    ~sample_stream();

    /// Waits for the next sample. nullopt after the last one, or after cancel(). Does not wait for the bytes after a
    /// batch's last sample, which AIStore delays by 100 ms; finish() reports faults in them. With four or more batches
    /// in flight a waiting call wakes once for many samples, at most about 45 ms late; the first of a stream are never
    /// late.
    std::optional<sample> next();

    /// Waits for the next samples: those that one socket read completed, or those of them that next() has not taken.
    /// nullopt after the last one, or after cancel().
    std::optional<sample_block> next_block();
    /// Like next_block(), but does not wait: nullopt also if no sample has arrived yet. at_end() tells which.
    std::optional<sample_block> try_next_block();
    /// Like next_block(), but waits for at most `limit`: nullopt also on timeout. A negative limit does not wait.
    std::optional<sample_block> next_block_for(std::chrono::nanoseconds limit);
    /// True after the last sample was taken or the stream was cancelled: no call returns another sample.
    bool at_end() const;

    /// next_block() with any Asio completion token; the signature is void(error_code, std::optional<sample_block>).
    /// Defined in <aisle/async.hpp>.
    ///
    /// Success with nullopt means the end of the stream. errc::cancelled: the stream was cancelled or destroyed, or
    /// this operation was cancelled through the handler's cancellation slot (any cancellation type); no sample was
    /// taken. The handler is posted to its associated executor (default: the system executor). Start one operation at a
    /// time, and call nothing else that takes samples until it completes.
    template <class CompletionToken>
    auto async_next_block(CompletionToken&& token);

    /// A file descriptor for epoll, poll, select, Python's asyncio or another event loop: readable when
    /// try_next_block() would return a block, and at the end of the stream. The first call creates it; later calls
    /// return the same one. It stays readable until try_next_block() returns nullopt, so a loop may take one block per
    /// wakeup or all of them. Do not read from it, write to it or close it: the stream closes it. Throws
    /// std::system_error if the process has no descriptor left.
    int ready_fd();

    /// Tells a stream whose source returned not_yet that it has a batch now. The source is called soon, possibly on
    /// this thread. Any thread.
    void input_ready();

    /// The reports of the batches that have ended since the last call, in the order in which they ended; see
    /// stream_options::keep_reports.
    std::vector<batch_report> take_reports();

    /// Waits until every response is read to its end and checked. Drops samples that were not pulled.
    /// Returns an error only if the stream as a whole failed or was cancelled (errc::cancelled,
    /// errc::deadline_exceeded, std::errc::not_enough_memory); faults of single batches are in the summary. Rethrows
    /// what the source or on_batch_end threw. In a callback of this stream: errc::invalid_argument, unless the stream
    /// is cancelled.
    result<summary> finish();

    /// Ends the stream soon: next() returns nullopt after the few blocks that are already queued for this consumer, and
    /// finish() returns errc::cancelled. No effect after every response has been read: the remaining samples can still
    /// be taken. Thread-safe; may be called twice.
    void cancel() noexcept;

    iterator begin();
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class engine;
    explicit sample_stream(std::shared_ptr<detail::puller> from) noexcept;
    void leave() noexcept;

    std::shared_ptr<detail::puller> from_;
};

/// Input iterator for range-for. It owns the current sample until it is incremented; the sample may be moved from.
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

namespace detail {

/// A pending operation that waits for a block; a stream has at most one. Thread-safe.
class AISLE_API block_wait : public std::enable_shared_from_this<block_wait> {
public:
    virtual ~block_wait() = default;
    /// Called once: a block can be taken, or the stream is at its end.
    virtual void ready() noexcept = 0;
};

/// Called by async_next_block. Calls wait->ready() exactly once; immediately if a block is queued.
AISLE_API void wait_for_block(std::shared_ptr<puller> const& from, std::shared_ptr<block_wait> wait) noexcept;
/// Cancels a wait: calls wait.ready() immediately if it is still pending.
AISLE_API void stop_waiting(puller& from, block_wait& wait) noexcept;
/// Takes a block on the handler's executor. False: no block is queued, wait again.
AISLE_API bool take_waited(puller& from, std::optional<sample_block>& into, boost::system::error_code& code);

}  // namespace detail
}  // namespace aisle
