#include "process_usage.hpp"

#include <sys/resource.h>

namespace aisle::cli {

process_usage usage_now() {
    rusage r{};
    getrusage(RUSAGE_SELF, &r);
    auto const time = [](timeval t) { return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec); };
    return {time(r.ru_utime) + time(r.ru_stime), static_cast<std::uint64_t>(r.ru_maxrss) * 1024};
}

}  // namespace aisle::cli
