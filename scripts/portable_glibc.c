// What g++ 12's libstdc++, and code compiled with glibc 2.36's headers, ask of the C library, and glibc 2.28 lacks.
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

// glibc 2.32: threads are taken as there, which costs an atomic operation.
char __libc_single_threaded = 0;

// glibc 2.36: std::random_device.
uint32_t arc4random(void) {
    uint32_t out = 0;
    while (getrandom(&out, sizeof out, 0) != (ssize_t)sizeof out)
        if (errno != EINTR) abort();
    return out;
}

// glibc 2.30: std::condition_variable with a deadline. The wait follows the system's clock, and is short or long where
// that is set meanwhile: who waits looks at its own clock again.
int pthread_cond_clockwait(pthread_cond_t* on, pthread_mutex_t* held, clockid_t clock, struct timespec const* until) {
    struct timespec now, real;
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &real);
    real.tv_sec += until->tv_sec - now.tv_sec;
    real.tv_nsec += until->tv_nsec - now.tv_nsec;
    if (real.tv_nsec < 0) {
        real.tv_nsec += 1000000000;
        --real.tv_sec;
    } else if (real.tv_nsec >= 1000000000) {
        real.tv_nsec -= 1000000000;
        ++real.tv_sec;
    }
    return pthread_cond_timedwait(on, held, &real);
}
