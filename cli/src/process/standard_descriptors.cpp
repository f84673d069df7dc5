#include "standard_descriptors.hpp"

#include "../usage_error.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace aisle::cli {
namespace {

std::array<bool, 3> closed{};

}  // namespace

bool open_standard_descriptors() noexcept {
    for (int fd = 0; fd < 3; ++fd) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        closed[static_cast<std::size_t>(fd)] = true;
        // open() returns the lowest free number, which is this one. Without /dev a folder does: reads and writes of it
        // fail.
        if (open("/dev/null", O_RDWR) != fd && open("/", O_RDONLY | O_DIRECTORY) != fd) return false;
    }
    return true;
}

bool was_closed(int fd) noexcept {
    return closed[static_cast<std::size_t>(fd)];
}

void require_standard_output() {
    if (was_closed(STDOUT_FILENO)) throw run_error("cannot write to standard output: it is closed");
}

}  // namespace aisle::cli
