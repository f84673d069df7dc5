#pragma once

#include "file_descriptor.hpp"
#include "whole_file.hpp"

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace aisle::cli {

/// When a file gets its name.
enum class appearance {
    at_once,    ///< it grows under its name
    when_whole  ///< finish() gives it its name; a cut-off run leaves nothing behind
};

/// Writes a stream of bytes to a file, or to standard output for the name "-". Everything throws run_error that names
/// the file. Pipes and devices are written to directly; stop gives up waiting for who reads them.
class file_writer {
public:
    file_writer(std::string path, appearance when, std::stop_token stop = {});
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
    std::stop_token stop_;
    whole_file whole_;       ///< when_whole
    file_descriptor owned_;  ///< at_once
    int fd_;
    std::string buffer_;
};

}  // namespace aisle::cli
