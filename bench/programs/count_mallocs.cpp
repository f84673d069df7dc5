// Counts a program's allocations: LD_PRELOAD=libbench_count_mallocs.so BENCH_MALLOCS=FILE PROGRAM writes the number of
// calls of malloc, calloc, realloc and the aligned ones to FILE when the program ends. glibc only.

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

std::atomic<unsigned long long> calls{0};

void count() {
    calls.fetch_add(1, std::memory_order_relaxed);
}

struct writer {
    ~writer() {
        auto const* const path = std::getenv("BENCH_MALLOCS");
        auto const n = calls.load();
        auto* const file = path ? std::fopen(path, "w") : nullptr;
        if (!file) return;
        std::fprintf(file, "%llu\n", n);
        std::fclose(file);
    }
} at_end;

}  // namespace

extern "C" {

void* malloc(std::size_t n) {
    count();
    return __libc_malloc(n);
}

void* calloc(std::size_t n, std::size_t size) {
    count();
    return __libc_calloc(n, size);
}

void* realloc(void* p, std::size_t n) {
    count();
    return __libc_realloc(p, n);
}

void* memalign(std::size_t alignment, std::size_t n) {
    count();
    return __libc_memalign(alignment, n);
}

void* aligned_alloc(std::size_t alignment, std::size_t n) {
    return memalign(alignment, n);
}

int posix_memalign(void** p, std::size_t alignment, std::size_t n) {
    *p = memalign(alignment, n);
    return *p ? 0 : ENOMEM;
}

}  // extern "C"
