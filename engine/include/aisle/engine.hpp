#pragma once

#include <aisle/batch.hpp>
#include <aisle/batch_source.hpp>
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
class engine_impl;

/// For whoever drives an engine and may outlive it.
struct loop_handle {
    std::function<bool()> run;   ///< run_ready(); false once the engine is gone
    std::function<void()> lost;  ///< it will be run no more: its streams end
};
loop_handle handle_of(engine const& e);
}  // namespace detail

/// Says that a loop of the caller's runs the engine.
struct own_loop_t {};
inline constexpr own_loop_t own_loop{};

/// When engines whose threads prepare_fork() has ended go on.
enum class fork_resume : std::uint8_t {
    at_fork,   ///< those with streams under way as soon as fork() has returned, in the parent; all when they are used
    when_told  ///< when they are used, or at engine::resume_after_fork()
};

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
/// the parent's go on untouched. Streams belong to the process that opened them: in the child they have ended. Samples,
/// streams and engines of the parent may be used and dropped in the child at any time: it touches no lock that a thread
/// of the parent may have held. What the parent's threads held at that moment is memory the child does not get back.
/// prepare_fork() makes a fork safe for the libraries below too (the resolver of names, OpenSSL).
///
/// Its threads are named aisle-io-0, aisle-io-1, ... and block all signals.
class engine {
public:
    /// Throws aisle::exception (errc::invalid_endpoint, errc::invalid_argument) for options it cannot work with.
    /// Nothing is sent and no thread started before the first stream.
    explicit engine(engine_options options = {});
    /// An engine without threads: an event loop of the caller's runs it. When descriptor() is readable, the loop calls
    /// run_ready(); sinks and on_batch_end are called in there. aisle::engine_on (engine_on.hpp) does so on an Asio
    /// context of any version. Throws as above, and for engine_options::shards over 1.
    ///
    /// next(), finish() and stream() wait until another thread calls run_ready(). Called inside of run_ready() (by a
    /// callback) they throw errc::invalid_argument where they would have to wait; called by the loop outside of it,
    /// they wait for ever. A loop pushes (start(), async_stream), and does not pull.
    ///
    /// The destructor runs what is left to run, which does not wait for the network; a run_ready() on another thread is
    /// waited for. In a forked child such an engine refuses to open streams (errc::unsupported): make a new one there.
    engine(own_loop_t, engine_options options);
    ~engine();
    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;

    /// Pulls one batch. Throws as open() does.
    sample_stream get(batch b, stream_options options = {});
    /// Pulls many. Throws aisle::exception for options out of their ranges (errc::invalid_argument, errc::unsupported;
    /// the text names the option and the range), std::system_error where no thread can be started, std::bad_alloc.
    sample_stream open(batch_source batches, stream_options options = {});

    /// A stream whose entries are submitted as they become known. Throws as open() does, and errc::invalid_argument for
    /// feed_options out of their ranges.
    feed open_feed(feed_options options = {});

    /// Pushes every sample (or block) into sink, on the calling thread, and returns when all is read and checked. A
    /// slow sink delays new requests; responses already in flight are still read at full speed. What sink, the source
    /// or on_batch_end throws, of any type, cancels the stream at once and comes out here, when nothing of the caller's
    /// is called any more.
    result<summary> stream(batch_source batches, stream_options options, sample_sink const& sink);

    /// Pushes every sample (or block) into sink on an engine thread, where its bytes were just parsed: the least work a
    /// sample, for sinks that return at once. What sink, the source or on_batch_end throws cancels the stream at once:
    /// done gets errc::callback_failed, with the exception in error::thrown.
    ///
    /// done is called exactly once, last, when the engine has destroyed the source, the sink and on_batch_end: on an
    /// engine thread; on the caller's, where the stream turns out to be empty at once; in the engine's destructor,
    /// where that ends it; on the thread that cancels, where nothing is under way. What it throws is dropped. Returns
    /// the function that cancels the stream, callable from any thread; hold no lock then that done takes.
    ///
    /// Does not throw where there is a `done`: it is called, on the caller's thread, with what open() would have
    /// thrown, and with errc::invalid_argument for an empty sink; only std::bad_alloc may be thrown before anything has
    /// begun. done may be empty; then start() throws as open() does. aisle::async_stream (async.hpp) is this with a
    /// completion token.
    std::function<void()> start(batch_source batches, stream_options options, sample_sink sink,
                                std::function<void(result<summary>)> done);

    /// A bucket of the cluster, "ais://name": its list of objects, and objects one at a time. See bucket.hpp, which is
    /// to be included for it. Nothing is sent. Throws aisle::exception (errc::invalid_entry) for another name.
    aisle::bucket bucket(std::string uri) const;

    /// Waits for nothing the engine's threads do. Copies histograms: cheap enough for many times a second, not for
    /// every batch.
    engine_stats stats() const;

    /// Stops the threads of all engines of this process, and returns when they have ended: a fork that follows copies
    /// no lock that they hold. Costs a thread's end and start. Connections stay, and requests under way rest.
    ///
    /// An engine's threads start again when it is used: by opening a stream, by waiting in next() or finish(), by
    /// destroying it. Where streams are under way, also as soon as fork() has returned, in the parent, unless `when`
    /// says otherwise: for programs that count their threads there, as CPython does. In between, and until fork() is
    /// called, no other thread should use an engine: the fork would be as safe as without this call.
    ///
    /// Waits for callbacks on the engines' threads and for names that are looked up: hold no lock that they want
    /// (Python: release the GIL). No engine may be destroyed by a callback meanwhile. Returns false, and does nothing,
    /// on an engine's thread. Engines that the caller's loop runs have no threads, and are left alone.
    static bool prepare_fork(fork_resume when = fork_resume::at_fork);
    /// After prepare_fork(fork_resume::when_told) and a fork: engines with streams under way go on. Any thread, any
    /// number of times. Where no thread can be started, the next use of the engine tries again.
    static void resume_after_fork() noexcept;

    // ---- an engine that the caller's loop runs; throw errc::invalid_argument for others

    /// To wait on with epoll, poll, an Asio descriptor, asyncio's add_reader: readable while run_ready() has something
    /// to do. The same for the engine's life; not to be read from or closed. Throws as open() does.
    int descriptor() const;
    /// Does what can be done now, for a bounded time, without waiting. Any thread, one at a time (another waits). A
    /// callback may destroy the engine.
    void run_ready();

private:
    friend detail::loop_handle detail::handle_of(engine const& e);
    std::shared_ptr<detail::engine_impl> const& shared_here() const;
    detail::engine_impl& here() const { return *shared_here(); }
    detail::engine_impl& here_without_threads() const;

    mutable std::shared_ptr<detail::engine_impl> impl_;
    mutable std::atomic<unsigned> generation_;  // of the process that impl_ was made in
};

}  // namespace aisle
