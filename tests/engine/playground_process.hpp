#pragma once

#include <aisle/engine.hpp>
#include <aisle/playground/server.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <support/forked.hpp>
#include <sys/prctl.h>
#include <unistd.h>

namespace aisle::test {

/// A playground in a process of its own. The test's process then has no threads but the engine's, and none once
/// prepare_fork() has stopped these. To be made before any thread.
class playground_process {
public:
    explicit playground_process(playground::server_options o) {
        int ends[2];
        if (::pipe(ends) != 0) throw std::runtime_error("pipe");
        child_ = ::fork();
        if (child_ < 0) throw std::runtime_error("fork");
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            playground::server server(std::move(o));
            server.start();
            auto const address = server.endpoint();
            bool const told = ::write(ends[1], address.data(), address.size()) == ssize_t(address.size());
            ::close(ends[1]);
            while (told) ::pause();
            ::_exit(1);
        }
        ::close(ends[1]);
        std::array<char, 256> bytes{};
        for (ssize_t n; (n = ::read(ends[0], bytes.data(), bytes.size())) > 0;) endpoint_.append(bytes.data(), n);
        ::close(ends[0]);
    }

    playground_process(playground_process const&) = delete;

    ~playground_process() {
        ::kill(child_, SIGKILL);
        status_of(child_);
    }

    engine_options for_engine() const {
        engine_options o;
        o.endpoint = endpoint_;
        o.proxy_timeout = std::chrono::seconds(60);  // a busy machine may stall for longer than the default
        return o;
    }

private:
    pid_t child_ = -1;
    std::string endpoint_;
};

/// Stops the engines' threads where a child could hang if they ran at the fork. They continue after it.
inline bool prepare_for_sanitizer() {
    return may_fork_beside_threads || engine::prepare_fork();
}

}  // namespace aisle::test
