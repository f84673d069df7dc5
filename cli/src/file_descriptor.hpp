#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace aisle::cli {

/// Owns an open file descriptor. Move-only.
class file_descriptor {
public:
    file_descriptor() = default;
    explicit file_descriptor(int fd) noexcept : fd_(fd) {}
    file_descriptor(file_descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~file_descriptor() { close(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Closes it now. False, with errno set, when the system had bad news it kept for the end.
    bool close() noexcept;

private:
    int fd_ = -1;
};

/// Writes all the runs, one behind the other. False, with errno set, when it could not.
bool write_runs(int fd, std::span<std::span<std::byte const> const> runs) noexcept;

/// "WHAT: the system's words for errno CODE".
std::string system_message(std::string what, int code);

}  // namespace aisle::cli
