#include "interrupt.hpp"

#include "../output/file_io.hpp"
#include "../text/quantity.hpp"
#include "../usage_error.hpp"

#include <aisle/error.hpp>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace aisle::cli {
namespace {

using std::chrono::milliseconds;

/// How long after the stop request blocked system calls are interrupted, and how often from then on. Once is not
/// enough: a signal that arrives just before the call has no effect.
constexpr milliseconds grace{1'000};
constexpr milliseconds interrupt_every{50};
/// How long the run may continue after its deadline.
constexpr milliseconds grace_after_deadline{5'000};
/// Interrupts system calls. Ignored by default, and not used for anything else here.
constexpr int wake_signal = SIGURG;

bool is_ignored(int signal) {
    struct sigaction now{};
    return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (int const signal : {SIGINT, SIGTERM, SIGXCPU}) sigaddset(&set, signal);
    if (!is_ignored(SIGHUP)) sigaddset(&set, SIGHUP);
    return set;
}

char const* name_of_signal(int signal) {
    switch (signal) {
        case SIGINT: return "SIGINT";
        case SIGTERM: return "SIGTERM";
        case SIGHUP: return "SIGHUP";
        default: return "SIGXCPU";
    }
}

}  // namespace

interrupt::interrupt(milliseconds deadline) : deadline_(deadline) {
    auto const set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    struct sigaction nothing{};
    nothing.sa_handler = [](int) {};
    sigaction(wake_signal, &nothing, nullptr);  // without SA_RESTART
    file_descriptor signals(signalfd(-1, &set, SFD_CLOEXEC));
    file_descriptor quit(eventfd(0, EFD_CLOEXEC));
    if (!signals || !quit) throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
    quit_ = quit.get();
    thread_ = std::thread([this, signals = std::move(signals), quit = std::move(quit)] { watch(signals.get()); });
}

interrupt::~interrupt() {
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = write(quit_, &one, sizeof one);
    thread_.join();
}

void interrupt::watch(int signals) {
    pollfd fds[] = {{signals, POLLIN, 0}, {quit_, POLLIN, 0}};
    for (;;) {
        int const ready = poll(fds, 2, wait_ms());
        if (ready > 0 && fds[1].revents) break;
        check_clock();
        if (ready <= 0) continue;
        signalfd_siginfo info{};
        if (read(signals, &info, sizeof info) != sizeof info) continue;
        auto const signal = static_cast<int>(info.ssi_signo);
        // The system repeats SIGXCPU every second.
        if (raised() && signal != SIGXCPU) _exit(static_cast<int>(exit_code::interrupted));
        if (raised()) continue;
        signal_ = signal;
        raised_at_ = clock::now();
        stop_.request_stop();
    }
}

int interrupt::wait_ms() const {
    if (raised()) return static_cast<int>(interrupt_every.count());
    if (deadline_ == milliseconds(0)) return -1;
    auto const left = std::chrono::ceil<milliseconds>(deadline_ - (clock::now() - began_)).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

void interrupt::check_clock() {
    auto const now = clock::now();
    if (!raised() && deadline_ > milliseconds(0) && now - began_ >= deadline_) {
        raised_at_ = now;
        stop_.request_stop();
    }
    if (!raised()) return;
    if (now - raised_at_ >= grace) pthread_kill(caller_, wake_signal);
    if (by_deadline() && now - raised_at_ >= grace_after_deadline) {
        auto const line = "aisle: " + reason() + ", and the run did not end within 5 s after it\n";
        pollfd room{STDERR_FILENO, POLLOUT, 0};
        if (poll(&room, 1, 0) > 0) [[maybe_unused]]
            auto const written = write(STDERR_FILENO, line.data(), line.size());
        _exit(static_cast<int>(exit_code::failure));
    }
}

exit_code interrupt::run(std::function<std::optional<exit_code>()> const& command) const {
    try {
        if (auto const outcome = command()) return *outcome;
    } catch (run_error const& e) {
        if (!raised()) throw;
        std::fprintf(stderr, "aisle: %s\n", e.what());
    } catch (std::exception const&) {
        if (!raised()) throw;
    }
    if (by_deadline()) throw exception(error{errc::deadline_exceeded, stage::usage, reason()});
    std::fprintf(stderr, "aisle: %s\n", reason().c_str());
    return exit_code::interrupted;
}

std::string interrupt::reason() const {
    if (!by_deadline()) return std::string("interrupted by ") + name_of_signal(signal_);
    auto const text = deadline_.count() % 1000
                          ? std::to_string(deadline_.count()) + " ms"
                          : format_span(std::chrono::duration_cast<std::chrono::seconds>(deadline_));
    return "not finished within " + text + " (--deadline)";
}

void interrupt::wait() const {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any raised;
    raised.wait(lock, token(), [] { return false; });
}

}  // namespace aisle::cli
