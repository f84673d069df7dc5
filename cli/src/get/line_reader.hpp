#pragma once

#include <aisle/base/file_descriptor.hpp>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace aisle::cli {

/// Reads lines from a file, a pipe or a terminal. Waiting can be stopped. Buffers at most one line and one read.
class line_reader {
public:
    static constexpr std::size_t max_line_bytes = std::size_t{1} << 20;

    /// fd must stay open; it is not closed. stop wakes a blocked next().
    line_reader(int fd, std::stop_token stop);
    line_reader(line_reader const&) = delete;
    line_reader& operator=(line_reader const&) = delete;

    /// Waits for the next line; false at the end of the input and after stop. A last line without a line feed counts.
    /// Throws usage_error for a line longer than max_line_bytes, run_error when reading fails.
    bool next();

    /// The line without its line feed. Valid until the next call of next().
    std::string_view line() const noexcept { return line_; }
    /// The line's number, from 1.
    std::uint64_t number() const noexcept { return number_; }
    /// Size of all lines so far.
    std::uint64_t consumed_bytes() const noexcept { return consumed_; }

private:
    bool take_line();
    void fill();

    int fd_;
    base::file_descriptor wake_;  ///< declared before on_stop_, which writes to it
    std::stop_token stop_;
    std::stop_callback<std::function<void()>> on_stop_;
    std::string buffer_;
    std::size_t begin_ = 0;    ///< of the bytes that are not yet returned
    std::size_t scanned_ = 0;  ///< no line feed between begin_ and here
    bool at_end_ = false;
    std::string_view line_;
    std::uint64_t number_ = 0;
    std::uint64_t consumed_ = 0;
};

}  // namespace aisle::cli
