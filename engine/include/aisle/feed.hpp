#pragma once

#include <aisle/batch.hpp>
#include <aisle/options.hpp>
#include <aisle/stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace aisle {

namespace detail {
class feed_queue;
}  // namespace detail

/// What holds for one feed, besides stream_options.
///
/// Checked by engine::open_feed(), which throws errc::invalid_argument for a value out of its range.
struct feed_options {
    stream_options stream = {};
    /// Entries of one request: 1 to 65,536. automatic: found while running, between 16 and 4,096, from samples per
    /// second and the time to the first sample.
    unsigned batch_size = automatic;
    /// Bytes that one request is expected to bring at most, by the sizes of the samples so far: batches of large
    /// samples have fewer entries. One entry always makes a batch. automatic: 16 MiB where the batch size is automatic,
    /// else no limit.
    std::size_t batch_bytes = automatic;
    /// Longest time that an entry waits for others to fill its batch. 0 ms or more.
    std::chrono::milliseconds linger{5};
    /// Most entries that wait to be requested: 1 or more. submit() waits beyond. No batch of single entries is larger.
    std::size_t max_waiting = 8192;
};

/// A stream whose entries are submitted one by one, as they become known; the engine cuts them into batches.
///
/// Samples come in the order of submission, and are taken as from any stream. sample::batch() and index() count the
/// engine's own batches: tell samples apart by entry().tag, or by counting.
///
/// Any number of threads may submit while another takes samples. A thread that does both checks room() before it
/// submits, or uses async_submit(): submit() would wait for itself.
///
/// \code
///   aisle::feed feed = engine.open_feed();
///   std::jthread producer([&] {
///       for (auto& e : entries) if (!feed.submit(std::move(e))) break;
///       feed.end_input();
///   });
///   while (auto block = feed.next_block()) use(*block);
/// \endcode
class feed : public sample_stream {
public:
    /// Takes one entry, waiting while max_waiting of them wait. False, and the entry is dropped: the stream was
    /// cancelled, has ended, or end_input() was called. A faulty entry (see check()) is taken, and answered by a failed
    /// sample. Throws std::bad_alloc. Any thread.
    bool submit(entry e);
    /// Takes a batch, which becomes one request of its own, after the entries submitted before it. Otherwise as above.
    bool submit(batch b);

    /// A feed may be moved; the one moved from may only be destroyed or assigned to.
    feed(feed&&) noexcept = default;
    feed& operator=(feed&&) noexcept = default;

    /// How many entries submit() takes without waiting; 0 where it would return false. Any thread.
    std::size_t room() const;

    /// submit() of an entry with any Asio completion token; the signature is void(error_code). Success: it was taken.
    /// errc::cancelled: submit() would have returned false, or the operation was cancelled through the handler's slot.
    /// The handler is posted to its associated executor (the system executor without one). Entries of operations that
    /// wait at the same time are taken in the order of the calls. Defined in <aisle/async.hpp>.
    template <class CompletionToken>
    auto async_submit(entry e, CompletionToken&& token);

    /// No more will be submitted: the stream ends when what was submitted is answered. May be called twice. Any thread.
    void end_input();

private:
    friend class engine;
    feed(sample_stream&& stream, std::shared_ptr<detail::feed_queue> queue) noexcept;

    std::shared_ptr<detail::feed_queue> queue_;
};

namespace detail {

/// An async_submit that waits. Thread-safe.
class submit_wait : public std::enable_shared_from_this<submit_wait> {
public:
    virtual ~submit_wait() = default;
    /// Its entry was taken; or never will be.
    virtual void done(bool taken) noexcept = 0;
    entry what;
};

/// `wait` is done once, at once where there is room.
void submit_later(feed_queue& to, std::shared_ptr<submit_wait> wait) noexcept;
/// It is done at once, its entry not taken, if it waits still.
void stop_submitting(feed_queue& to, submit_wait& wait) noexcept;

}  // namespace detail
}  // namespace aisle
