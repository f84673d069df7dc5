#include "line_reader.hpp"

#include "../usage_error.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace aisle::cli {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;

}  // namespace

line_reader::line_reader(int fd, std::stop_token stop)
    : fd_(fd), wake_(eventfd(0, EFD_CLOEXEC)), stop_(stop), on_stop_(std::move(stop), [this] {
          std::uint64_t const one = 1;
          [[maybe_unused]] auto const written = write(wake_.get(), &one, sizeof one);
      }) {
    if (!wake_) throw run_error(std::string("cannot wait for input: ") + std::strerror(errno));
}

bool line_reader::take_line() {
    auto const feed = buffer_.find('\n', scanned_);
    std::size_t end = feed;
    if (feed == buffer_.npos) {
        scanned_ = buffer_.size();
        if (scanned_ - begin_ > max_line_bytes)
            throw usage_error("input line " + std::to_string(number_ + 1) +
                              " is longer than 1 MiB: is it a file of JSON lines?");
        if (!at_end_ || begin_ == buffer_.size()) return false;
        end = buffer_.size();
    }
    line_ = std::string_view(buffer_).substr(begin_, end - begin_);
    ++number_;
    auto const next = feed == buffer_.npos ? end : feed + 1;
    consumed_ += next - begin_;
    begin_ = scanned_ = next;
    return true;
}

void line_reader::fill() {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    pollfd fds[] = {{fd_, POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 || stop_.stop_requested()) return;  // EINTR: the caller tries again
    auto const old = buffer_.size();
    buffer_.resize(old + read_bytes);
    auto const got = read(fd_, buffer_.data() + old, read_bytes);
    buffer_.resize(old + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && errno != EINTR && errno != EAGAIN)
        throw run_error(std::string("cannot read the input: ") + std::strerror(errno));
    at_end_ = got == 0;
}

bool line_reader::next() {
    while (!stop_.stop_requested()) {
        if (take_line()) return true;
        if (at_end_) return false;
        fill();
    }
    return false;
}

}  // namespace aisle::cli
