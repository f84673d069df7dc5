#pragma once

#include "file_descriptor.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace aisle::cli {

/// When a file gets its name.
enum class appearance {
    at_once,    ///< it grows under its name
    when_whole  ///< it is written beside its place and renamed by finish(); a cut-off run leaves nothing behind
};

/// Writes a stream of bytes to a file, or to standard output for the name "-". Everything throws run_error that names
/// the file. Pipes and devices are written to directly.
class file_writer {
public:
    file_writer(std::string path, appearance when);
    ~file_writer();
    file_writer(file_writer const&) = delete;
    file_writer& operator=(file_writer const&) = delete;

    void write(std::span<std::byte const> bytes);
    void write(std::string_view text);
    /// Gives the system what is buffered.
    void flush();
    /// flush(), closes the file (not standard output), and gives it its name.
    void finish();

private:
    [[noreturn]] void fail(int code) const;

    std::string path_;
    std::string temporary_;  ///< empty: written under its own name
    file_descriptor owned_;
    int fd_;
    std::string buffer_;
};

}  // namespace aisle::cli
