#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
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

/// Opens a path as open() does. A named pipe waits for its other end: stop gives that up with EINTR.
file_descriptor open_path(std::string const& path, int flags, std::stop_token const& stop) noexcept;

/// Writes all the runs, one after the other. False, with errno set, on failure. Writing to a full pipe blocks; stop
/// ends that with EINTR.
bool write_runs(int fd, std::span<std::span<std::byte const> const> runs, std::stop_token const& stop = {}) noexcept;

/// "WHAT: the system's words for errno CODE".
std::string system_message(std::string what, int code);

}  // namespace aisle::cli
