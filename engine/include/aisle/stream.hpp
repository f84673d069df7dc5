#pragma once

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

/// Samples in order, pulled by the consumer while the engine reads ahead: one by one, or in blocks, which cost least.
///
/// Move-only. One consumer at a time: no two of its calls at once, but for cancel() and input_ready(), which any thread
/// may make at any time. It may outlive the engine: then it ends.
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
    /// The last sample of a batch comes when its payload is here: what the server sends after it (AIStore holds it
    /// back for 100 ms) is read and checked in the background, and finish() tells its verdict.
    std::optional<sample> next();

    /// The next samples, waiting for them: what one read of a socket brought, or what next() has left of it. nullopt
    /// after the last one, or after cancel().
    std::optional<sample_block> next_block();
    /// next_block() without waiting: nullopt also where nothing is here yet. at_end() tells the two apart.
    std::optional<sample_block> try_next_block();
    /// next_block(), waiting for at most `limit`: nullopt also when it has passed. Negative: does not wait.
    std::optional<sample_block> next_block_for(std::chrono::nanoseconds limit);
    /// True when the last sample was taken, or the stream was cancelled: no call gives any more.
    bool at_end() const;

    /// next_block() with any Asio completion token; the signature is void(error_code, std::optional<sample_block>).
    /// Defined in <aisle/async.hpp>.
    ///
    /// Success with nullopt is the end. errc::cancelled: the stream was cancelled or destroyed, or this operation was,
    /// through the handler's cancellation slot (of any type); then nothing was taken. The handler is posted to its
    /// associated executor (the system executor without one). One operation at a time, and no other call that takes
    /// samples meanwhile.
    template <class CompletionToken>
    auto async_next_block(CompletionToken&& token);

    /// A file descriptor for epoll, poll, select, Python's asyncio, or another event loop: readable when
    /// try_next_block() would give a block, or the stream is at its end. Made by the first call; the same from then on.
    /// It stays readable until try_next_block() has given nothing, so take blocks until it does, or one at a time.
    /// Only wait for it: do not read from it, write to it or close it. It is closed with the stream. Throws
    /// std::system_error where the system has no more descriptors.
    int ready_fd();

    /// The source has said not_yet, and has a batch now: it is called soon, on this thread perhaps. Any thread.
    void input_ready();

    /// Reports of batches that have ended since the last call, in that order; see stream_options::keep_reports.
    std::vector<batch_report> take_reports();

    /// Waits until every answer is read to its end and checked. Samples not pulled by then are dropped.
    /// An error only when the stream as a whole could not run or was cancelled (errc::cancelled,
    /// errc::deadline_exceeded, std::errc::not_enough_memory); faults of batches are in the summary. Throws what the
    /// source or on_batch_end threw. From a callback of the same stream: errc::invalid_argument, unless it is
    /// cancelled.
    result<summary> finish();

    /// Ends the stream soon: next() gives nullopt after the few blocks that this consumer was given already, finish()
    /// errc::cancelled. Nothing where all answers are read: their samples may still be taken. Thread-safe, may be
    /// called twice.
    void cancel() noexcept;

    iterator begin();
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class engine;
    explicit sample_stream(std::shared_ptr<detail::puller> from) noexcept;
    void leave() noexcept;

    std::shared_ptr<detail::puller> from_;
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

namespace detail {

/// The one operation that waits for a block. Thread-safe.
class block_wait : public std::enable_shared_from_this<block_wait> {
public:
    virtual ~block_wait() = default;
    /// Something may be taken, or never will be.
    virtual void ready() noexcept = 0;
};

/// Called by async_next_block: `wait` is told once, at once where there is something already.
void wait_for_block(std::shared_ptr<puller> const& from, std::shared_ptr<block_wait> wait) noexcept;
/// It is told at once if it waits still.
void stop_waiting(puller& from, block_wait& wait) noexcept;
/// On the handler's executor. False: there is nothing, wait on.
bool take_waited(puller& from, std::optional<sample_block>& into, boost::system::error_code& code);

}  // namespace detail
}  // namespace aisle
