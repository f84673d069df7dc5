#include "file_io.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

namespace aisle::cli {

// Class interrupt sends a signal that interrupts the call.
file_descriptor open_path(std::string const& path, int flags, std::stop_token const& stop) noexcept {
    for (;;) {
        file_descriptor file(open(path.c_str(), flags | O_CLOEXEC, 0666));
        if (file || errno != EINTR || stop.stop_requested()) return file;
    }
}

bool write_runs(int fd, std::span<std::span<std::byte const> const> runs, std::stop_token const& stop) noexcept {
    std::size_t skip = 0;  // bytes of the first run that are already written
    while (!runs.empty()) {
        std::array<iovec, 64> parts{};
        auto const count = std::min(parts.size(), runs.size());
        for (std::size_t i = 0; i < count; ++i) parts[i] = {const_cast<std::byte*>(runs[i].data()), runs[i].size()};
        parts[0].iov_base = static_cast<char*>(parts[0].iov_base) + skip;
        parts[0].iov_len -= skip;
        auto const n = writev(fd, parts.data(), static_cast<int>(count));
        if (n < 0) {
            if (errno == EINTR && !stop.stop_requested()) continue;
            return false;
        }
        auto written = static_cast<std::size_t>(n) + skip;
        while (!runs.empty() && written >= runs[0].size()) {
            written -= runs[0].size();
            runs = runs.subspan(1);
        }
        skip = written;
    }
    return true;
}

std::string system_message(std::string what, int code) {
    return std::move(what) + ": " + std::generic_category().message(code);
}

}  // namespace aisle::cli
