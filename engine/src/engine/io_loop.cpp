#include "io_loop.hpp"

#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <csignal>
#include <pthread.h>
#include <string>

namespace aisle::detail {
namespace {

using reactor = boost::asio::detail::epoll_reactor;

// Asio does not expose its reactor's descriptor. An explicit instantiation may name a private member.
int descriptor_of(reactor& r) noexcept;
template <int reactor::* member>
struct reach {
    friend int descriptor_of(reactor& r) noexcept { return r.*member; }
};
template struct reach<&reactor::epoll_fd_>;

reactor& reactor_of(boost::asio::io_context& io) {
    return boost::asio::use_service<reactor>(io);
}

// For threads started during its lifetime.
class signals_blocked {
public:
    signals_blocked() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    signals_blocked(signals_blocked const&) = delete;
    signals_blocked& operator=(signals_blocked const&) = delete;
    ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

std::int64_t time_of(clockid_t clock) noexcept {
    timespec used{};
    if (::clock_gettime(clock, &used) != 0) return 0;
    return std::chrono::nanoseconds(std::chrono::seconds(used.tv_sec)).count() + used.tv_nsec;
}

// Handlers run without a break; then the embedding program gets control.
constexpr unsigned most_in_one_go = 256;

}  // namespace

io_loop::io_loop(run_by who, unsigned number) : who_(who), number_(number) {
    if (who_ == run_by::caller) reactor_of(io_).init_task();
}

io_loop::~io_loop() {
    if (thread_.joinable()) thread_.detach();  // it is this thread, about to end
}

void io_loop::start() {
    if (who_ == run_by::caller) return;
    signals_blocked const while_it_starts;
    thread_ = std::thread([this] { run(); });
}

// io_context::run() throws Asio's std::bad_alloc. It has then destroyed the coroutine that it had no memory for, and
// certain_end has notified the waiter.
void io_loop::run_to_end() noexcept {
    for (;;) try {
            io_.run();
            return;
        } catch (...) {
            // The other coroutines continue.
        }
}

void io_loop::run() noexcept {
    // The kernel accepts 15 characters.
    ::pthread_setname_np(::pthread_self(), ("aisle-io-" + std::to_string(number_)).c_str());
    running_by_ = std::this_thread::get_id();
    clockid_t clock = no_clock;
    if (::pthread_getcpuclockid(::pthread_self(), &clock) == 0) clock_ = clock;
    run_to_end();
    clock_ = no_clock;
    past_cpu_ns_ += time_of(CLOCK_THREAD_CPUTIME_ID);
    running_by_ = std::thread::id();
    // Destroying these is the last action of this thread.
    auto const needed = std::move(needed_);
    auto const whole = std::move(whole_);
}

// The kernel counts a thread's CPU time; the thread need not sample it.
std::chrono::nanoseconds io_loop::cpu() const noexcept {
    auto const clock = clock_.load();
    return std::chrono::nanoseconds(past_cpu_ns_ + (clock == no_clock ? 0 : time_of(clock)));
}

void io_loop::finish() noexcept {
    if (who_ == run_by::thread) {
        if (thread_.joinable()) thread_.join();
        return;
    }
    std::lock_guard const turn(turn_);
    io_.restart();
    run_to_end();
}

void io_loop::outlive(std::shared_ptr<void> whole, std::shared_ptr<void> needed) noexcept {
    needed_ = std::move(needed);
    whole_ = std::move(whole);
}

// ---- around a fork

void io_loop::halt() noexcept {
    io_.stop();
    if (thread_.joinable()) thread_.join();
}

void io_loop::before_fork() {
    io_.notify_fork(boost::asio::io_context::fork_prepare);
}

void io_loop::resume() {
    if (thread_.joinable()) return;
    io_.restart();
    io_.notify_fork(boost::asio::io_context::fork_parent);
    // Asio has ended its resolver thread, and restarts it with the next look-up: queued look-ups would not run, and the
    // loop would never end.
    using resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, http::executor>;
    auto const another = std::make_shared<resolver>(io_.get_executor());
    another->async_resolve("127.0.0.1", "", boost::asio::ip::resolver_base::numeric_host,
                           [another](boost::system::error_code, resolver::results_type const&) {});
    start();
}

// ---- on the caller's loop

int io_loop::descriptor() noexcept {
    return descriptor_of(reactor_of(io_));
}

// Asio wakes no thread if none waits in the io_context.
void io_loop::interrupt() noexcept {
    reactor_of(io_).interrupt();
}

void io_loop::run_ready() noexcept {
    std::shared_ptr<void> needed;
    std::shared_ptr<void> whole;  // destroyed after the lock, which is part of it, is released
    std::lock_guard const turn(turn_);
    running_by_ = std::this_thread::get_id();
    io_.restart();
    auto const before = time_of(CLOCK_THREAD_CPUTIME_ID);
    unsigned n = 0;
    try {
        while (n < most_in_one_go && io_.poll_one() > 0) ++n;
    } catch (...) {
        n = most_in_one_go;
    }
    if (whole_) {
        run_to_end();
    } else if (n == most_in_one_go) {
        interrupt();
    }
    past_cpu_ns_ += time_of(CLOCK_THREAD_CPUTIME_ID) - before;
    running_by_ = std::thread::id();
    needed = std::move(needed_);
    whole = std::move(whole_);
}

}  // namespace aisle::detail
