#pragma once

#include <atomic>

namespace aisle::detail {

extern std::atomic<unsigned> fork_count;

/// The number of forks between the program's first process and this one. An object with another number was created by a
/// parent process. Costs one load, whereas getpid() is a system call. Counted by pthread_atfork, which does not notice
/// clone() and vfork().
inline unsigned fork_generation() noexcept {
    return fork_count.load(std::memory_order_relaxed);
}

}  // namespace aisle::detail
