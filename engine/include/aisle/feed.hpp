#pragma once

#include <aisle/batch.hpp>
#include <aisle/export.h>
#include <aisle/options.hpp>
#include <aisle/stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace aisle {

namespace detail {
class feed_queue;
}  // namespace detail

/// Options of a feed.
///
/// engine::open_feed() checks them and throws errc::invalid_argument for a value out of range.
struct feed_options {
    stream_options stream = {};
    /// Entries per request: 1 to 65,536. automatic: tuned while the feed runs, between 16 and 4,096, by samples/s and
    /// the time to the first sample.
    unsigned batch_size = automatic;
    /// Maximum expected size of a request's samples in bytes, estimated from the samples so far: batches of large
    /// samples get fewer entries, but at least one. automatic: 16 MiB if batch_size is automatic, else no limit.
    std::size_t batch_bytes = automatic;
    /// Maximum time that an entry waits for others to fill its batch. 0 ms or more.
    std::chrono::milliseconds linger{5};
    /// Maximum number of submitted entries that are not requested yet: 1 or more. submit() blocks when it is reached.
    /// Also the maximum size of a batch of single entries.
    std::size_t max_waiting = 8192;
};

/// A stream to which entries are submitted one by one; the engine groups them into batches.
///
/// Samples arrive in the order of submission and are taken as from any stream. sample::batch() and index() refer to the
/// engine's own batches: identify samples by entry().tag, or by counting.
///
/// Any number of threads may submit while another takes samples. A thread that does both must check room() before it
/// calls submit(), which could otherwise deadlock, or use async_submit().
///
/// \code
///   aisle::feed feed = engine.open_feed();
///   std::jthread producer([&] {
///       for (auto& e : entries) if (!feed.submit(std::move(e))) break;
///       feed.end_input();
///   });
///   while (auto block = feed.next_block()) use(*block);
/// \endcode
class AISLE_API feed : public sample_stream {
public:
    /// Submits an entry. Blocks while max_waiting entries wait. Returns false and drops the entry if the stream was
    /// cancelled or has ended, or end_input() was called. An invalid entry (see check()) is accepted and reported as a
    /// failed sample. Throws std::bad_alloc. Any thread.
    bool submit(entry e);
    /// Submits a batch, which becomes one request after the entries submitted before it. Otherwise as above.
    bool submit(batch b);

    /// Movable. A moved-from feed may only be destroyed or assigned to.
    feed(feed&&) noexcept = default;
    feed& operator=(feed&&) noexcept = default;

    /// Number of entries that submit() accepts without blocking; 0 if it would return false. Any thread.
    std::size_t room() const;

    /// submit() of an entry with any Asio completion token; the signature is void(error_code). Success: the entry was
    /// accepted. errc::cancelled: submit() would have returned false, or the operation was cancelled through the
    /// handler's cancellation slot. The handler is posted to its associated executor (default: the system executor).
    /// Waiting operations are served in the order of the calls. Defined in <aisle/async.hpp>.
    template <class CompletionToken>
    auto async_submit(entry e, CompletionToken&& token);

    /// Ends the input: the stream ends when every submitted entry has its result. May be called twice. Any thread.
    void end_input();

private:
    friend class engine;
    feed(sample_stream&& stream, std::shared_ptr<detail::feed_queue> queue) noexcept;

    std::shared_ptr<detail::feed_queue> queue_;
};

namespace detail {

/// A pending async_submit. Thread-safe.
class AISLE_API submit_wait : public std::enable_shared_from_this<submit_wait> {
public:
    virtual ~submit_wait() = default;
    /// Called once. taken: its entry was accepted; false: it never will be.
    virtual void done(bool taken) noexcept = 0;
    entry what;
};

/// Calls wait->done() exactly once; immediately if the queue has space.
AISLE_API void submit_later(feed_queue& to, std::shared_ptr<submit_wait> wait) noexcept;
/// Cancels a pending submit: calls wait.done(false) immediately, unless it is already done.
AISLE_API void stop_submitting(feed_queue& to, submit_wait& wait) noexcept;

}  // namespace detail
}  // namespace aisle
