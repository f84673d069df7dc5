#pragma once

#include "atomic_file.hpp"
#include "file_io.hpp"

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace aisle::cli {

/// When a file becomes visible under its name.
enum class publish {
    immediately,    ///< when it is opened
    when_complete,  ///< in finish(); an interrupted run leaves no file
    appended        ///< when it is opened; what it has already stays, and is followed by what is written
};

/// Writes bytes to a file, or to standard output if the path is "-". All members throw run_error, which names the file.
/// Pipes and devices are always written to immediately; stop ends a blocked write.
class file_writer {
public:
    file_writer(std::string path, publish when, std::stop_token stop = {});
    ~file_writer();
    file_writer(file_writer const&) = delete;
    file_writer& operator=(file_writer const&) = delete;

    void write(std::span<std::byte const> bytes);
    void write(std::string_view text);
    /// Writes what is buffered.
    void flush();
    /// flush(), then closes the file (not standard output) and publishes it.
    void finish();

private:
    [[noreturn]] void fail(int code) const;

    std::string path_;
    std::stop_token stop_;
    atomic_file atomic_;     ///< when_complete
    file_descriptor owned_;  ///< immediately
    int fd_;
    std::string buffer_;
};

}  // namespace aisle::cli
