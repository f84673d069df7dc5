#include "batch_feed.hpp"

#include "entry_text.hpp"
#include "line_reader.hpp"
#include "usage_error.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace aisle::cli {
namespace {

/// How long take() may hold up the engine's thread for a reader that is about to be ready.
constexpr std::chrono::milliseconds patience{3};

bool blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == line.npos;
}

// Editors on Windows begin a file with a byte order mark.
std::string_view without_mark(std::string_view line, std::uint64_t number) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    return number == 1 && line.starts_with(mark) ? line.substr(mark.size()) : line;
}

std::uint64_t regular_file_bytes(int fd) {
    struct stat s{};
    return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) ? static_cast<std::uint64_t>(s.st_size) : 0;
}

}  // namespace

batch_feed::batch_feed(std::vector<entry> entries, std::size_t batch_size) : finished_(true), entries_(entries.size()) {
    for (std::size_t at = 0; at < entries.size(); ++at) {
        if (at % batch_size == 0) ready_.emplace_back();
        ready_.back().add(std::move(entries[at]));
    }
}

batch_feed::batch_feed(input from, std::size_t batch_size, std::stop_token stop)
    : file_bytes_(regular_file_bytes(from.fd)) {
    on_stop_.emplace(std::move(stop), [quit = quit_]() mutable { quit.request_stop(); });
    thread_ = std::jthread([this, from = std::move(from), batch_size] { read(from, batch_size); });
}

batch_feed::~batch_feed() {
    quit_.request_stop();
}

void batch_feed::read(input const& from, std::size_t batch_size) {
    std::exception_ptr fault;
    batch pending;
    try {
        line_reader lines(from.fd, quit_.get_token());
        entry_line_parser parser(from.default_bucket);
        for (;;) {
            auto const wait = pending.empty() ? std::nullopt : std::optional(flush_after);
            auto const outcome = lines.next(wait);
            if (outcome == line_reader::outcome::end || outcome == line_reader::outcome::stopped) break;
            if (outcome == line_reader::outcome::line) {
                bytes_read_.store(lines.consumed_bytes(), std::memory_order_relaxed);
                auto const text = without_mark(lines.line(), lines.number());
                if (blank(text)) continue;
                auto entry = parser.parse(text);
                if (!entry)
                    throw usage_error("input line " + std::to_string(lines.number()) + ": " + entry.error().text);
                pending.add(std::move(*entry));
                entries_.fetch_add(1, std::memory_order_relaxed);
            }
            if (pending.size() == batch_size || outcome == line_reader::outcome::timeout)
                push(std::exchange(pending, batch{}));
        }
    } catch (...) {
        fault = std::current_exception();
    }
    if (!pending.empty()) push(std::move(pending));
    std::lock_guard lock(mutex_);
    finished_ = true;
    fault_ = fault;
    changed_.notify_all();
}

void batch_feed::push(batch full) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, quit_.get_token(), [this] { return ready_.size() < max_ready; })) return;
    ready_.push_back(std::move(full));
    changed_.notify_all();
}

bool batch_feed::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return finished_ || !ready_.empty(); });
    if (ready_.empty() && fault_) std::rethrow_exception(fault_);
    return !ready_.empty();
}

std::optional<batch> batch_feed::take() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return finished_ || !ready_.empty(); });
    if (ready_.empty()) return std::nullopt;
    batch next = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return next;
}

std::optional<std::uint64_t> batch_feed::expected_entries() const {
    auto const entries = entries_.load(std::memory_order_relaxed);
    {
        std::lock_guard lock(mutex_);
        if (finished_) return entries;
    }
    auto const read = bytes_read_.load(std::memory_order_relaxed);
    if (!file_bytes_ || !read) return std::nullopt;
    auto const share = static_cast<double>(file_bytes_) / static_cast<double>(read);
    return std::max(entries, static_cast<std::uint64_t>(static_cast<double>(entries) * share));
}

}  // namespace aisle::cli
