#pragma once

#include <atomic>

namespace aisle::detail {

extern std::atomic<unsigned> fork_count;

/// How many forks lie between the first process of the program and this one: what remembers another number was made by
/// a parent. A load, where getpid() is a system call. Counted by pthread_atfork, so not for a bare clone() or vfork().
inline unsigned fork_generation() noexcept {
    return fork_count.load(std::memory_order_relaxed);
}

}  // namespace aisle::detail
