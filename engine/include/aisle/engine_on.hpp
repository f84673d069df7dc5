#pragma once

#include <aisle/detail/post_surely.hpp>
#include <aisle/engine.hpp>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace aisle {
namespace detail {

/// Runs an engine on the caller's executor until the engine or the executor's context is destroyed.
template <class Executor>
class asio_loop : public std::enable_shared_from_this<asio_loop<Executor>> {
public:
    asio_loop(Executor ex, engine const& of) : executor_(ex), handle_(handle_of(of)) {
        int const own = ::dup(of.descriptor());
        if (own < 0) throw std::system_error(errno, std::generic_category(), "dup");
        descriptor_.emplace(ex, own);
    }

    Executor get_executor() const noexcept { return executor_; }

    void begin() { boost::asio::post(executor_, turn(this->shared_from_this())); }

    /// Called by the engine's destructor.
    void end() {
        std::lock_guard const lock(mutex_);
        if (std::exchange(over_, true)) return;
        post_surely(executor_, std::allocator<void>(),
                    [self = this->shared_from_this()] { self->descriptor_.reset(); });
    }

private:
    /// A handler that reports when it is destroyed without a call: its context is being destroyed.
    class turn {
    public:
        explicit turn(std::shared_ptr<asio_loop> of) noexcept : loop_(std::move(of)) {}
        turn(turn&&) noexcept = default;
        turn& operator=(turn&&) = delete;
        ~turn() {
            if (loop_) loop_->lost();
        }
        void operator()(boost::system::error_code = {}) { std::exchange(loop_, nullptr)->run(); }

    private:
        std::shared_ptr<asio_loop> loop_;
    };

    void run() {
        if (is_over() || !handle_.run() || is_over()) return;
        descriptor_->async_wait(boost::asio::posix::descriptor_base::wait_read, turn(this->shared_from_this()));
    }
    void lost() {
        {
            std::lock_guard const lock(mutex_);
            if (std::exchange(over_, true)) return;
        }
        descriptor_.reset();
        handle_.lost();
    }
    bool is_over() const {
        std::lock_guard const lock(mutex_);
        return over_;
    }

    Executor executor_;
    loop_handle handle_;
    mutable std::mutex mutex_;
    bool over_ = false;
    std::optional<boost::asio::posix::basic_stream_descriptor<Executor>> descriptor_;  // used on the executor
};

}  // namespace detail

/// An engine without threads: its network I/O, sinks and on_batch_end run on the caller's Asio context.
///
/// Executor: an io_context's or a strand, of any Asio version. If several threads run the context, pass a strand,
/// because only one thread at a time may run the engine. run(), poll() and run_one() all work. On that thread, use the
/// pushing calls, not the pulling ones; see engine(own_loop_t, ...).
///
/// The engine counts as work of the context, so io_context::run() does not return while it lives: destroy the engine or
/// stop the context. Any thread may destroy it, also from a callback. While the context is stopped, streams pause. If
/// the context is destroyed first, streams end with errc::cancelled, and open() throws errc::unsupported from then on.
template <class Executor>
class engine_on : public engine {
public:
    /// Throws as engine's constructors do, and std::system_error if no file descriptor is left.
    explicit engine_on(Executor ex, engine_options options = {})
        : engine(own_loop, std::move(options)), loop_(std::make_shared<detail::asio_loop<Executor>>(ex, *this)) {
        loop_->begin();
    }
    ~engine_on() { loop_->end(); }

    Executor get_executor() const noexcept { return loop_->get_executor(); }

private:
    std::shared_ptr<detail::asio_loop<Executor>> loop_;
};

}  // namespace aisle
