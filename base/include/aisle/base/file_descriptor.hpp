#pragma once

#include <utility>

namespace aisle::base {

/// Owns an open file descriptor. Move-only. Not thread-safe.
class file_descriptor {
public:
    file_descriptor() = default;
    /// Takes ownership of fd; a negative number, as open() returns on failure, means none.
    explicit file_descriptor(int fd) noexcept : fd_(fd) {}
    file_descriptor(file_descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        file_descriptor taken(std::move(other));
        std::swap(fd_, taken.fd_);
        return *this;
    }
    ~file_descriptor() { close(); }

    /// The descriptor; -1 if none is open.
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Closes it now, if it is open. False, with errno set, when closing reports an error, such as a write that failed
    /// late.
    bool close() noexcept;

private:
    int fd_ = -1;
};

}  // namespace aisle::base
