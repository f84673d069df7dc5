#pragma once

#include "cluster_fixture.hpp"

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>
#include <support/forked.hpp>
#include <sys/prctl.h>
#include <unistd.h>

namespace aisle::test {

/// A playground in a separate process. The only threads that a test then starts in its own process are the engine's,
/// which prepare_fork() stops. Construct it before the engine.
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

    engine_options for_engine() const { return patient_options(endpoint_); }

private:
    pid_t child_ = -1;
    std::string endpoint_;
};

#ifdef __SANITIZE_THREAD__
using cluster_process = cluster;  // ThreadSanitizer does not support threads in a child; the playground starts some
#else
/// A cluster whose playground runs in a separate process.
struct cluster_process : playground_process {
    cluster_process(std::uint64_t count, std::uint64_t size) : playground_process(cluster::prepared({}, count, size)) {}
};
#endif

/// Stops the engines' threads in builds in which a child could hang if they ran during the fork. They continue after
/// it.
inline bool prepare_for_sanitizer() {
    return may_fork_beside_threads || engine::prepare_fork();
}

}  // namespace aisle::test
