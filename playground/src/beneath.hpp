#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace aisle::playground {

/// Owns a file descriptor.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor();

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// Opens a folder, not following a link in its last step.
descriptor open_folder(std::filesystem::path const& path);

/// Opens `path` below the folder `dir`, with the flags and mode of open(2). Nothing above the folder can be reached:
/// not by "..", not by an absolute path, not by a symbolic link (openat2(2), RESOLVE_BENEATH). On failure the result is
/// empty and errno says why.
descriptor open_beneath(int dir, std::string const& path, int flags, unsigned mode = 0);

/// The same for kernels without openat2: step by step, refusing every symbolic link.
descriptor open_beneath_stepwise(int dir, std::string const& path, int flags, unsigned mode = 0);

/// Makes the folders above `path`'s last step where they are missing, and opens the one that holds the last step.
descriptor make_parents_beneath(int dir, std::string const& path);

/// Reads until both places are full, one after the other, or the file ends; returns the bytes read.
std::size_t read_at(int fd, std::uint64_t offset, std::span<std::byte> first, std::span<std::byte> second) noexcept;

}  // namespace aisle::playground
