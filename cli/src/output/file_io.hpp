#pragma once

#include <aisle/base/file_descriptor.hpp>

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>

namespace aisle::cli {

using base::file_descriptor;

/// Opens a path as open() does. Opening a named pipe blocks until its other end is opened; stop ends that with EINTR.
file_descriptor open_path(std::string const& path, int flags, std::stop_token const& stop) noexcept;

/// Writes all runs in order. False, with errno set, on failure. Writing to a full pipe blocks; stop ends that with
/// EINTR.
bool write_runs(int fd, std::span<std::span<std::byte const> const> runs, std::stop_token const& stop = {}) noexcept;

/// "WHAT: " and the system's message for the errno value `code`.
std::string system_message(std::string what, int code);

}  // namespace aisle::cli
