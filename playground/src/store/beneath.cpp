#include "beneath.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace aisle::playground {

file_descriptor open_folder(std::filesystem::path const& path) {
    return file_descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

file_descriptor open_beneath(int dir, std::string const& path, int flags, unsigned mode) {
    if (path.find('\0') != path.npos) {
        errno = EINVAL;
        return {};
    }
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    auto const fd = ::syscall(SYS_openat2, dir, path.c_str(), &how, sizeof how);
    if (fd >= 0) return file_descriptor(static_cast<int>(fd));
    if (errno == ENOSYS || errno == EPERM) return open_beneath_stepwise(dir, path, flags, mode);
    return {};
}

file_descriptor open_beneath_stepwise(int dir, std::string const& path, int flags, unsigned mode) {
    file_descriptor folder(::fcntl(dir, F_DUPFD_CLOEXEC, 0));
    std::size_t at = 0;
    while (folder) {
        auto const slash = path.find('/', at);
        auto const step = path.substr(at, slash == path.npos ? path.npos : slash - at);
        if (step.empty() || step == "." || step == ".." || step.find('\0') != step.npos) {
            errno = EXDEV;
            return {};
        }
        if (slash == path.npos)
            return file_descriptor(::openat(folder.get(), step.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
        folder = file_descriptor(::openat(folder.get(), step.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        at = slash + 1;
    }
    return {};
}

file_descriptor make_parents_beneath(int dir, std::string const& path) {
    for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
        // Create each folder inside one that was opened beneath dir, so that a symbolic link on the path is not
        // followed.
        auto const above = path.rfind('/', slash - 1);
        auto const parent = above == path.npos || slash == 0
                                ? file_descriptor(::fcntl(dir, F_DUPFD_CLOEXEC, 0))
                                : open_beneath(dir, path.substr(0, above), O_PATH | O_DIRECTORY);
        auto const step = path.substr(above == path.npos ? 0 : above + 1, slash - (above == path.npos ? 0 : above + 1));
        if (!parent) return {};
        if (step.empty() || step == "." || step == "..") {
            errno = EINVAL;
            return {};
        }
        if (::mkdirat(parent.get(), step.c_str(), 0777) != 0 && errno != EEXIST) return {};
    }
    auto const last = path.rfind('/');
    if (last == path.npos) return file_descriptor(::fcntl(dir, F_DUPFD_CLOEXEC, 0));
    return open_beneath(dir, path.substr(0, last), O_RDONLY | O_DIRECTORY);
}

std::size_t read_at(int fd, std::uint64_t offset, std::span<std::byte> first, std::span<std::byte> second) noexcept {
    std::size_t done = 0;
    while (!first.empty() || !second.empty()) {
        std::array<iovec, 2> const places{iovec{first.data(), first.size()}, iovec{second.data(), second.size()}};
        auto const n = ::preadv(fd, places.data(), 2, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        auto const got = static_cast<std::size_t>(n);
        done += got;
        auto const in_first = std::min(got, first.size());
        first = first.subspan(in_first);
        second = second.subspan(got - in_first);
    }
    return done;
}

}  // namespace aisle::playground
