#include <aisle/fork_generation.hpp>

#include <pthread.h>

namespace aisle::detail {

constinit std::atomic<unsigned> fork_count{0};

namespace {

[[maybe_unused]] int const counts_forks =
    ::pthread_atfork(nullptr, nullptr, [] { fork_count.fetch_add(1, std::memory_order_relaxed); });

}  // namespace
}  // namespace aisle::detail
