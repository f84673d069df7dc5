#include "entry_reader.hpp"

#include "../usage_error.hpp"
#include "entry_text.hpp"
#include "line_reader.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace aisle::cli {
namespace {

bool blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == line.npos;
}

// Editors on Windows start a file with a byte order mark.
std::string_view without_mark(std::string_view line, std::uint64_t number) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    return number == 1 && line.starts_with(mark) ? line.substr(mark.size()) : line;
}

}  // namespace

std::uint64_t regular_file_bytes(int fd) {
    struct stat s{};
    return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) ? static_cast<std::uint64_t>(s.st_size) : 0;
}

entry_reader::entry_reader(std::vector<entry> entries, target to)
    : to_(std::move(to)), entries_(entries.size()), all_known_(true) {
    thread_ = std::jthread([this, all = std::move(entries)]() mutable { submit_all(all); });
}

entry_reader::entry_reader(input from, target to, std::stop_token stop)
    : to_(std::move(to)), file_bytes_(regular_file_bytes(from.fd)) {
    start([this, from = std::move(from)] { read(from); }, std::move(stop));
}

entry_reader::entry_reader(producer from, target to, std::stop_token stop) : to_(std::move(to)) {
    start([this, from = std::move(from)] { from([this](entry e) { return submit(std::move(e)); }, quit_.get_token()); },
          std::move(stop));
}

void entry_reader::start(std::function<void()> read, std::stop_token stop) {
    on_stop_.emplace(std::move(stop), [quit = quit_]() mutable { quit.request_stop(); });
    thread_ = std::jthread([this, read = std::move(read)] {
        try {
            read();
        } catch (...) {
            fault_ = std::current_exception();
        }
        all_known_ = true;
        to_.end();
    });
}

bool entry_reader::submit(entry e) {
    if (!to_.submit(std::move(e))) return false;
    entries_.fetch_add(1, std::memory_order_relaxed);
    return true;
}

entry_reader::~entry_reader() {
    quit_.request_stop();
}

void entry_reader::submit_all(std::vector<entry>& entries) const {
    for (auto& e : entries)
        if (!to_.submit(std::move(e))) break;
    to_.end();
}

void entry_reader::read(input const& from) {
    line_reader lines(from.fd, quit_.get_token());
    entry_line_parser parser(from.default_bucket);
    while (lines.next()) {
        bytes_read_.store(lines.consumed_bytes(), std::memory_order_relaxed);
        auto const text = without_mark(lines.line(), lines.number());
        if (blank(text)) continue;
        auto entry = parser.parse(text);
        if (!entry) throw usage_error("input line " + std::to_string(lines.number()) + ": " + entry.error().text);
        if (!submit(std::move(*entry))) break;
    }
}

void entry_reader::finish() {
    if (thread_.joinable()) thread_.join();
    if (fault_) std::rethrow_exception(fault_);
}

std::optional<std::uint64_t> entry_reader::expected_entries() const {
    auto const entries = entries_.load(std::memory_order_relaxed);
    if (all_known_) return entries;
    auto const read = bytes_read_.load(std::memory_order_relaxed);
    if (!file_bytes_ || !read) return std::nullopt;
    auto const share = static_cast<double>(file_bytes_) / static_cast<double>(read);
    return std::max(entries, static_cast<std::uint64_t>(static_cast<double>(entries) * share));
}

}  // namespace aisle::cli
