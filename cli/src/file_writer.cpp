#include "file_writer.hpp"

#include "printable.hpp"
#include "usage_error.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aisle::cli {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

bool exists_as_something_else(std::string const& path) {
    struct stat s{};
    return stat(path.c_str(), &s) == 0 && !S_ISREG(s.st_mode);
}

}  // namespace

file_writer::file_writer(std::string path, appearance when) : path_(std::move(path)), fd_(STDOUT_FILENO) {
    buffer_.reserve(buffer_bytes);
    if (path_ == "-") return;
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    if (when == appearance::when_whole && !exists_as_something_else(path_)) {
        temporary_ = path_ + ".aisle-" + std::to_string(getpid()) + ".part";
        flags |= O_EXCL;
    }
    owned_ = file_descriptor(open(temporary_.empty() ? path_.c_str() : temporary_.c_str(), flags, 0666));
    if (!owned_) {
        int const code = errno;
        temporary_.clear();
        fail(code);
    }
    fd_ = owned_.get();
}

file_writer::~file_writer() {
    if (!temporary_.empty()) {
        unlink(temporary_.c_str());
    } else if (!buffer_.empty()) {
        std::array const run{std::as_bytes(std::span(buffer_))};
        write_runs(fd_, run);  // a cut-off run: what is here is still worth having
    }
}

void file_writer::fail(int code) const {
    auto const name = path_ == "-" ? std::string("standard output") : "'" + printable(path_) + "'";
    throw run_error(system_message("cannot write to " + name, code));
}

void file_writer::write(std::span<std::byte const> bytes) {
    if (buffer_.size() + bytes.size() < buffer_bytes) {
        buffer_.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
        return;
    }
    std::array const runs{std::as_bytes(std::span(buffer_)), bytes};
    bool const written = write_runs(fd_, runs);
    int const code = errno;
    buffer_.clear();
    if (!written) fail(code);
}

void file_writer::write(std::string_view text) {
    write(std::as_bytes(std::span(text)));
}

void file_writer::flush() {
    std::array const run{std::as_bytes(std::span(buffer_))};
    bool const written = write_runs(fd_, run);
    int const code = errno;
    buffer_.clear();
    if (!written) fail(code);
}

void file_writer::finish() {
    flush();
    if (owned_ && !owned_.close()) fail(errno);
    if (temporary_.empty()) return;
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
    temporary_.clear();
}

}  // namespace aisle::cli
