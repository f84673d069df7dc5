#include "interrupt.hpp"

#include "exit_code.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace aisle::cli {

interrupt::interrupt() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    int const signals = signalfd(-1, &set, SFD_CLOEXEC);
    quit_ = eventfd(0, EFD_CLOEXEC);
    if (signals < 0 || quit_ < 0) throw std::system_error(errno, std::generic_category(), "cannot watch for signals");
    thread_ = std::thread([this, signals] { watch(signals); });
}

interrupt::~interrupt() {
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = write(quit_, &one, sizeof one);
    thread_.join();
    close(quit_);
}

void interrupt::watch(int signals) {
    pollfd fds[] = {{signals, POLLIN, 0}, {quit_, POLLIN, 0}};
    for (;;) {
        if (poll(fds, 2, -1) < 0) continue;
        if (fds[1].revents) break;
        signalfd_siginfo info{};
        if (read(signals, &info, sizeof info) != sizeof info) continue;
        if (stop_.stop_requested()) _exit(static_cast<int>(exit_code::interrupted));
        stop_.request_stop();
    }
    close(signals);
}

void interrupt::wait() const {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any raised;
    raised.wait(lock, token(), [] { return false; });
}

}  // namespace aisle::cli
