#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace aisle::cli {

/// Splits what comes from a file descriptor into lines; stoppable.
///
/// For files, pipes and terminals alike. Holds one line and one read at most. Throws run_error when reading fails or a
/// line is longer than max_line_bytes.
class line_reader {
public:
    static constexpr std::size_t max_line_bytes = std::size_t{1} << 20;

    /// Does not own fd. stop ends a read that waits.
    line_reader(int fd, std::stop_token stop);
    line_reader(line_reader const&) = delete;
    line_reader& operator=(line_reader const&) = delete;

    /// Moves to the next line, waiting for it; false at the end, or when stopped. A last line without a line feed
    /// counts.
    bool next();

    /// The line, without its line feed. Valid until the next call.
    std::string_view line() const noexcept { return line_; }
    /// Its number, from 1.
    std::uint64_t number() const noexcept { return number_; }
    /// Bytes of all lines so far.
    std::uint64_t consumed_bytes() const noexcept { return consumed_; }

private:
    bool take_line();
    void fill();

    /// Closed after on_stop_ is gone, which writes to it.
    struct wake_event {
        wake_event();
        ~wake_event();
        int fd;
    };

    int fd_;
    wake_event wake_;
    std::stop_token stop_;
    std::stop_callback<std::function<void()>> on_stop_;
    std::string buffer_;
    std::size_t begin_ = 0;    ///< of the bytes not handed out yet
    std::size_t scanned_ = 0;  ///< up to here there is no line feed behind begin_
    bool at_end_ = false;
    std::string_view line_;
    std::uint64_t number_ = 0;
    std::uint64_t consumed_ = 0;
};

}  // namespace aisle::cli
