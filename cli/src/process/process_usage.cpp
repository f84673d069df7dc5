#include "process_usage.hpp"

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace aisle::cli {

process_usage usage_now() {
    rusage r{};
    getrusage(RUSAGE_SELF, &r);
    auto const time = [](timeval t) { return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec); };
    return {time(r.ru_utime) + time(r.ru_stime), static_cast<std::uint64_t>(r.ru_maxrss) * 1024};
}

std::uint64_t resident_bytes_now() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (!(statm >> size >> resident)) return 0;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t open_files_now() {
    std::error_code failed;
    std::uint64_t count = 0;
    std::filesystem::directory_iterator const end;
    for (std::filesystem::directory_iterator it("/proc/self/fd", failed); !failed && it != end; it.increment(failed))
        ++count;
    return count > 0 ? count - 1 : 0;  // without the descriptor of the directory itself
}

}  // namespace aisle::cli
