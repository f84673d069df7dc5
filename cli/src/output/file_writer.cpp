#include "file_writer.hpp"

#include "../process/standard_descriptors.hpp"
#include "../text/printable.hpp"
#include "../usage_error.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aisle::cli {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

bool is_no_regular_file(std::string const& path) {
    struct stat s{};
    return stat(path.c_str(), &s) == 0 && !S_ISREG(s.st_mode);
}

}  // namespace

file_writer::file_writer(std::string path, publish when, std::stop_token stop)
    : path_(std::move(path)), stop_(std::move(stop)), fd_(STDOUT_FILENO) {
    buffer_.reserve(buffer_bytes);
    if (path_ == "-") {
        require_standard_output();
        return;
    }
    if (when == publish::when_complete && !is_no_regular_file(path_)) {
        auto const folder = path_.substr(0, path_.rfind('/') + 1) + ".";
        atomic_ = atomic_file(AT_FDCWD, path_, temporary_names_in(AT_FDCWD, folder));
        if (!atomic_) fail(errno);
        fd_ = atomic_.fd();
        return;
    }
    auto const how = when == publish::appended ? O_APPEND : O_TRUNC;
    owned_ = open_path(path_, O_WRONLY | O_CREAT | how, stop_);
    if (!owned_) fail(errno);
    fd_ = owned_.get();
}

// An interrupted run keeps what it has written so far, unless the file was to appear complete or not at all.
file_writer::~file_writer() {
    if (atomic_ || buffer_.empty()) return;
    std::array const run{std::as_bytes(std::span(buffer_))};
    write_runs(fd_, run, stop_);
}

void file_writer::fail(int code) const {
    auto const name = path_ == "-" ? std::string("standard output") : "'" + printable(path_) + "'";
    if (code == EINTR) throw run_error("stopped writing to " + name + ": its reader does not read");
    throw run_error(system_message("cannot write to " + name, code));
}

void file_writer::write(std::span<std::byte const> bytes) {
    if (buffer_.size() + bytes.size() < buffer_bytes) {
        buffer_.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
        return;
    }
    std::array const runs{std::as_bytes(std::span(buffer_)), bytes};
    bool const written = write_runs(fd_, runs, stop_);
    int const code = errno;
    buffer_.clear();
    if (!written) fail(code);
}

void file_writer::write(std::string_view text) {
    write(std::as_bytes(std::span(text)));
}

void file_writer::flush() {
    std::array const run{std::as_bytes(std::span(buffer_))};
    bool const written = write_runs(fd_, run, stop_);
    int const code = errno;
    buffer_.clear();
    if (!written) fail(code);
}

void file_writer::finish() {
    flush();
    if (owned_ && !owned_.close()) fail(errno);
    if (atomic_ && !atomic_.commit()) fail(errno);
}

}  // namespace aisle::cli
