#include "atomic_file.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace aisle::cli {
namespace {

constexpr mode_t before_umask = 0666;
/// Two names of 64 random bits never collide in practice.
constexpr int tries = 4;

std::string folder_of(std::string const& path) {
    auto const slash = path.rfind('/');
    if (slash == path.npos) return ".";
    return path.substr(0, slash == 0 ? 1 : slash);
}

std::string random_name_beside(std::string const& path) {
    std::uint64_t bits = 0;
    // The clock is good enough without random bits: O_EXCL detects a collision.
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
        bits = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    std::array<char, 48> name{};
    std::snprintf(name.data(), name.size(), ".aisle-%016llx.part", static_cast<unsigned long long>(bits));
    return path.substr(0, path.rfind('/') + 1) + name.data();
}

// linkat() with AT_EMPTY_PATH would need a privilege; linking through /proc does not.
std::string link_of(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace

temporary_name temporary_names_in(int folder, std::string const& path) {
    file_descriptor const probe(openat(folder, path.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, before_umask));
    if (!probe) return temporary_name::random;
    auto const name = random_name_beside(path + "/");
    if (linkat(AT_FDCWD, link_of(probe.get()).c_str(), folder, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
        return temporary_name::random;
    unlinkat(folder, name.c_str(), 0);
    return temporary_name::none;
}

atomic_file::atomic_file(int folder, std::string path, temporary_name temporary)
    : folder_(folder), path_(std::move(path)) {
    constexpr int flags = O_WRONLY | O_CLOEXEC;
    if (temporary == temporary_name::none) {
        file_ = file_descriptor(openat(folder_, folder_of(path_).c_str(), flags | O_TMPFILE, before_umask));
        // The file's folder may be on another file system than the one that was tested.
        if (file_ || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return;
    }
    for (int i = 0; i < tries && !file_; ++i) {
        temporary_ = random_name_beside(path_);
        file_ = file_descriptor(openat(folder_, temporary_.c_str(), flags | O_CREAT | O_EXCL, before_umask));
        if (!file_ && errno != EEXIST) break;
    }
    if (!file_) temporary_.clear();
}

atomic_file& atomic_file::operator=(atomic_file&& other) noexcept {
    std::swap(folder_, other.folder_);
    std::swap(path_, other.path_);
    std::swap(temporary_, other.temporary_);
    std::swap(file_, other.file_);
    return *this;
}

atomic_file::~atomic_file() {
    if (!temporary_.empty()) unlinkat(folder_, temporary_.c_str(), 0);
}

bool atomic_file::link_to(std::string const& path) const {
    return linkat(AT_FDCWD, link_of(file_.get()).c_str(), folder_, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

bool atomic_file::commit() {
    if (temporary_.empty()) {
        if (link_to(path_)) return file_.close();
        if (errno != EEXIST) return false;
        // link() does not replace a file, rename() does.
        temporary_ = random_name_beside(path_);
        if (!link_to(temporary_)) {
            temporary_.clear();
            return false;
        }
    }
    if (!file_.close() || renameat(folder_, temporary_.c_str(), folder_, path_.c_str()) != 0) return false;
    temporary_.clear();
    return true;
}

}  // namespace aisle::cli
