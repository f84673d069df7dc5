#pragma once

#include <aisle/batch.hpp>
#include <aisle/batch_source.hpp>
#include <aisle/export.h>
#include <aisle/feed.hpp>
#include <aisle/options.hpp>
#include <aisle/result.hpp>
#include <aisle/sample.hpp>
#include <aisle/sample_block.hpp>
#include <aisle/sample_sink.hpp>
#include <aisle/stats.hpp>
#include <aisle/stream.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace aisle {

class bucket;
class engine;

namespace detail {
class call_home;
class engine_impl;

/// Lets an event loop drive an engine without keeping the engine alive.
struct loop_handle {
    std::function<bool()> run;   ///< calls run_ready(); returns false once the engine is destroyed
    std::function<void()> lost;  ///< the loop has ended: ends the engine's streams
};
AISLE_API loop_handle handle_of(engine const& e);
/// For calls to the cluster that are not streams.
call_home home_of(engine const& e);
}  // namespace detail

/// Selects the engine constructor for callers that run their own event loop.
struct own_loop_t {};
inline constexpr own_loop_t own_loop{};

/// When engines restart the threads that prepare_fork() stopped.
enum class fork_resume : std::uint8_t {
    at_fork,   ///< engines with active streams: in the parent, as soon as fork() returns; other engines: at next use
    when_told  ///< every engine: at its next use, or when engine::resume_after_fork() is called
};

/// Keeps many Get-Batch requests in flight and delivers their samples in order.
///
/// Every entry has exactly one result: its sample is delivered, missing, or failed with an error that gives the reason.
///
/// Thread-safe: several threads may stream at once. The engine owns its network threads, which are named aisle-io-0,
/// aisle-io-1, ... and block all signals.
///
/// The destructor cancels every stream, calls each outstanding `done` of start(), and joins the threads. Samples and
/// streams stay valid. After the destructor has returned, the engine calls and destroys none of the caller's objects.
/// Any thread may destroy the engine, also from a callback; the engine thread that runs this callback then ends shortly
/// after the callback returns.
///
/// A callback must not end an engine thread (pthread_exit, pthread_cancel): Asio's coroutines catch the unwinding, and
/// the C library then aborts the process. On the caller's own thread, pthread_exit ends the stream.
///
/// Fork: the engine starts again at its first use in the child, with new connections and threads; the parent's are not
/// affected. A stream belongs to the process that opened it and is at its end in the child. The child may use and
/// destroy samples, streams and engines of the parent at any time, because they take no lock that a thread of the
/// parent may have held. Memory that the parent's threads held during the fork is not returned in the child. Call
/// prepare_fork() before the fork to make it safe for the underlying libraries as well (the DNS resolver, OpenSSL).
class AISLE_API engine {
public:
    /// Checks the options; throws aisle::exception (errc::invalid_endpoint, errc::invalid_argument). Sends nothing and
    /// starts no thread before the first stream.
    explicit engine(engine_options options = {});
    /// An engine without threads, run by the caller's event loop: when descriptor() is readable, the loop calls
    /// run_ready(), which calls sinks and on_batch_end. aisle::engine_on (engine_on.hpp) does this on an Asio context
    /// of any version. Throws as above, and errc::invalid_argument for engine_options::shards > 1.
    ///
    /// Use the pushing calls (start(), async_stream) on the loop's thread. The pulling calls (next(), finish(),
    /// stream()) wait until another thread calls run_ready(): on the loop's thread they deadlock, and inside
    /// run_ready() (in a callback) they throw errc::invalid_argument instead of waiting.
    ///
    /// The destructor completes all handlers without waiting for the network; it waits for a run_ready() that is
    /// active on another thread. In a forked child such an engine opens no streams (errc::unsupported): create a new
    /// one there.
    engine(own_loop_t, engine_options options);
    ~engine();
    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;

    /// Fetches one batch; the caller pulls its samples. Throws as open() does.
    sample_stream get(batch b, stream_options options = {});
    /// Fetches all batches of a source; the caller pulls their samples. Throws aisle::exception for an option out of
    /// range (errc::invalid_argument, errc::unsupported; the text names the option and its range), std::system_error if
    /// no thread can be started, std::bad_alloc.
    sample_stream open(batch_source batches, stream_options options = {});

    /// Opens a stream to which entries are submitted one by one. Throws as open() does, and errc::invalid_argument for
    /// feed_options out of range.
    feed open_feed(feed_options options = {});

    /// Pushes every sample (or block) into sink on the calling thread. Returns when every response is read and checked.
    /// A slow sink delays new requests; responses already in flight are still read at full speed. An exception of any
    /// type from sink, the source or on_batch_end cancels the stream; it is rethrown here after the last callback.
    result<summary> stream(batch_source batches, stream_options options, sample_sink const& sink);

    /// Pushes every sample (or block) into sink on the engine thread that parsed it. This costs the least work per
    /// sample; sink must return quickly. An exception from sink, the source or on_batch_end cancels the stream: done
    /// receives errc::callback_failed, with the exception in error::thrown.
    ///
    /// done is called exactly once, as the last callback, after the engine has destroyed the source, the sink and
    /// on_batch_end. Usually it runs on an engine thread. It runs on the calling thread if the stream is empty from the
    /// start, in the engine's destructor if that ends the stream, and on the cancelling thread if no request is active.
    /// Exceptions from done are dropped. Returns a function that cancels the stream, callable from any thread; the
    /// caller must not hold a lock that done takes.
    ///
    /// With a `done`, start() reports errors through it, on the calling thread: those that open() would throw, and
    /// errc::invalid_argument for an empty sink. It throws only std::bad_alloc, before the stream has begun. done may
    /// be empty; then start() throws as open() does. aisle::async_stream (async.hpp) does the same with a completion
    /// token.
    std::function<void()> start(batch_source batches, stream_options options, sample_sink sink,
                                std::function<void(result<summary>)> done);

    /// A bucket of the cluster, such as "ais://name": lists, reads and writes its objects. Include bucket.hpp to use
    /// it. Sends nothing. Throws aisle::exception (errc::invalid_entry) if uri is not a bucket URI.
    aisle::bucket bucket(std::string uri) const;

    /// A snapshot of the engine's counters and histograms. Never waits for an engine thread. It copies histograms: call
    /// it several times a second if you like, but not once per batch.
    engine_stats stats() const;

    /// Stops the threads of all engines of this process and returns when they have ended, so that a fork copies no lock
    /// that they hold. The cost is ending and restarting these threads. Connections stay open; active requests pause.
    ///
    /// An engine restarts its threads at its next use: opening a stream, waiting in next() or finish(), or its
    /// destructor. With fork_resume::at_fork, engines with active streams also restart in the parent as soon as fork()
    /// returns; choose when_told if the program counts its threads there, as CPython does. No thread should use an
    /// engine between this call and fork(); if one does, the fork is only as safe as without this call.
    ///
    /// Waits for callbacks on engine threads and for DNS lookups: hold no lock that they need (Python: release the
    /// GIL). Meanwhile no callback may destroy an engine. Returns false and does nothing when called on an engine
    /// thread. Engines that run on the caller's loop have no threads and are not affected.
    static bool prepare_fork(fork_resume when = fork_resume::at_fork);
    /// Resumes engines with active streams after prepare_fork(fork_resume::when_told) and a fork. Any thread; calling
    /// it again is harmless. If no thread can be started, the next use of the engine tries again.
    static void resume_after_fork() noexcept;

    // ---- For engines that run on the caller's loop. On other engines these throw errc::invalid_argument.

    /// The file descriptor to wait on with epoll, poll, an Asio descriptor or asyncio's add_reader: readable while
    /// run_ready() has work. Valid until the engine is destroyed; do not read from it or close it. Throws as open()
    /// does.
    int descriptor() const;
    /// Does all work that is ready, for a bounded time, without waiting. Any thread; concurrent calls run one after
    /// another. A callback may destroy the engine.
    void run_ready();

private:
    friend detail::loop_handle detail::handle_of(engine const& e);
    friend detail::call_home detail::home_of(engine const& e);
    std::shared_ptr<detail::engine_impl> const& shared_here() const;
    detail::engine_impl& here() const { return *shared_here(); }
    detail::engine_impl& here_without_threads() const;

    mutable std::shared_ptr<detail::engine_impl> impl_;
    mutable std::atomic<unsigned> generation_;  // the process that created impl_
};

}  // namespace aisle
