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

// Asio tells nobody which descriptor it waits on. Naming a private member is allowed in an explicit instantiation.
int descriptor_of(reactor& r) noexcept;
template <int reactor::* member>
struct reach {
    friend int descriptor_of(reactor& r) noexcept { return r.*member; }
};
template struct reach<&reactor::epoll_fd_>;

reactor& reactor_of(boost::asio::io_context& io) {
    return boost::asio::use_service<reactor>(io);
}

// For threads that are started while it lives.
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

// Handlers run in one go: then the embedding program has its turn.
constexpr unsigned most_in_one_go = 256;

}  // namespace

io_loop::io_loop(run_by who, unsigned number) : who_(who), number_(number) {
    if (who_ == run_by::caller) reactor_of(io_).init_task();
}

io_loop::~io_loop() {
    if (thread_.joinable()) thread_.detach();  // it is this one, and about to end
}

void io_loop::start() {
    if (who_ == run_by::caller) return;
    signals_blocked const while_it_starts;
    thread_ = std::thread([this] { run(); });
}

// What leaves io_context::run() is std::bad_alloc of Asio's, which has destroyed the coroutine that it had no memory
// for: whoever waits for that was told by certain_end.
void io_loop::run() noexcept {
    // The kernel takes 15 characters.
    ::pthread_setname_np(::pthread_self(), ("aisle-io-" + std::to_string(number_)).c_str());
    running_by_ = std::this_thread::get_id();
    clockid_t clock = no_clock;
    if (::pthread_getcpuclockid(::pthread_self(), &clock) == 0) clock_ = clock;
    for (bool over = false; !over;) try {
            io_.run();
            over = true;
        } catch (...) {
        }
    clock_ = no_clock;
    past_cpu_ns_ += time_of(CLOCK_THREAD_CPUTIME_ID);
    running_by_ = std::thread::id();
    // To destroy these is the last that this thread does.
    auto const needed = std::move(needed_);
    auto const whole = std::move(whole_);
}

// The kernel counts a thread's time: nothing has to be sampled by the thread itself.
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
    for (bool over = false; !over;) try {
            io_.run();
            over = true;
        } catch (...) {
        }
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
    // Asio has ended its thread that looks names up, and starts it again with the next look-up: names that were waiting
    // for their turn would not be looked up, and the loop would never end.
    using resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, http::executor>;
    auto const another = std::make_shared<resolver>(io_.get_executor());
    another->async_resolve("127.0.0.1", "", boost::asio::ip::resolver_base::numeric_host,
                           [another](boost::system::error_code, resolver::results_type const&) {});
    start();
}

// ---- run by the caller

int io_loop::descriptor() noexcept {
    return descriptor_of(reactor_of(io_));
}

// Asio wakes nobody where no thread waits in the io_context.
void io_loop::interrupt() noexcept {
    reactor_of(io_).interrupt();
}

void io_loop::run_ready() noexcept {
    std::shared_ptr<void> needed;
    std::shared_ptr<void> whole;  // destroyed without the lock, which is a part of it
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
        for (bool over = false; !over;) try {
                io_.run();
                over = true;
            } catch (...) {
            }
    } else if (n == most_in_one_go) {
        interrupt();
    }
    past_cpu_ns_ += time_of(CLOCK_THREAD_CPUTIME_ID) - before;
    running_by_ = std::thread::id();
    needed = std::move(needed_);
    whole = std::move(whole_);
}

}  // namespace aisle::detail
