#include "process/interrupt.hpp"

#include <aisle/error.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace aisle;
using namespace aisle::cli;
using namespace std::chrono_literals;

namespace {

/// How a process of its own ends, as waitpid() tells it: it blocks signals, and may be ended by force.
int ended_as(std::function<int()> const& what) {
    pid_t const child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int const nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        _exit(what());
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return status;
}

int code(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a run that ignores its deadline is killed") {
    auto const status = ended_as([] {
        interrupt const signals(50ms);
        return static_cast<int>(signals.run([]() -> std::optional<exit_code> {
            std::this_thread::sleep_for(60s);
            return exit_code::success;
        }));
    });
    CHECK(code(status) == 1);
}

TEST_CASE("the result of a run counts, even if a signal arrived at its end") {
    auto const status = ended_as([] {
        interrupt const signals;
        return static_cast<int>(signals.run([&signals]() -> std::optional<exit_code> {
            kill(getpid(), SIGTERM);
            signals.wait();
            return exit_code::missing;
        }));
    });
    CHECK(code(status) == 3);
}

TEST_CASE("a run that was stopped returns interrupted, whatever it threw") {
    auto const status = ended_as([] {
        interrupt const signals;
        return static_cast<int>(signals.run([&signals]() -> std::optional<exit_code> {
            kill(getpid(), SIGTERM);
            signals.wait();
            throw exception(error{errc::cancelled, stage::request, "cancelled"});
        }));
    });
    CHECK(code(status) == 130);
}

TEST_CASE("a blocked system call is interrupted") {
    auto const status = ended_as([] {
        int ends[2];
        if (pipe(ends) != 0) return 9;
        interrupt const signals(50ms);
        char byte = 0;
        auto const n = read(ends[0], &byte, 1);
        return n < 0 && errno == EINTR && signals.by_deadline() ? 4 : 5;
    });
    CHECK(code(status) == 4);
}
