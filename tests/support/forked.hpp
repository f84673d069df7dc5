#pragma once

#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace aisle::test {

/// False in builds in which a child may hang if other threads run during the fork. The AddressSanitizer and
/// ThreadSanitizer of gcc 12 do not hold the locks of their own allocators across fork() (LLVM's do since pull requests
/// 75290 and 96600): if another thread holds one during the fork, the child waits for it forever. glibc's allocator is
/// safe.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool may_fork_beside_threads = false;
#else
inline constexpr bool may_fork_beside_threads = true;
#endif

/// The tag of a test whose own threads run during a fork. Builds with a sanitizer do not run it.
inline constexpr char const* forks_beside_threads = may_fork_beside_threads ? "" : "[.]";

/// The tag of a test that starts threads in a child. ThreadSanitizer ends such a child, because their ids equal those
/// of threads of the parent.
#ifdef __SANITIZE_THREAD__
inline constexpr char const* starts_threads_in_child = "[.]";
#else
inline constexpr char const* starts_threads_in_child = "";
#endif

/// The exit status of a process, or 1,000 more than the number of the signal that killed it.
inline int status_of(pid_t child) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1'000 + WTERMSIG(status);
}

/// Forks a child that exits with the result of what(). If it hangs, SIGALRM kills it after a minute.
template <class F>
pid_t fork_child(F what) {
    auto const child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child == 0) {
        ::alarm(60);
        ::_exit(what());
    }
    return child;
}

/// status_of() of such a child.
template <class F>
int in_child(F what) {
    return status_of(fork_child(what));
}

}  // namespace aisle::test
