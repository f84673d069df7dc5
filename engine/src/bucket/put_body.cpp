#include "put_body.hpp"

#include <aisle/base/file_descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace aisle::detail {
namespace {

class memory_body final : public http::body_source {
public:
    explicit memory_body(std::string bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const noexcept override { return bytes_.size(); }
    result<std::span<std::byte const>> read(std::uint64_t offset) override {
        constexpr std::uint64_t most = std::uint64_t{16} << 20;  // the shard does other work between pieces
        auto const n = std::min(most, bytes_.size() - offset);
        return std::as_bytes(std::span(bytes_).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(n)));
    }

private:
    std::string const bytes_;
};

error unusable(std::string const& path, std::string const& why) {
    return {errc::invalid_argument, stage::usage, path + ": " + why};
}

std::string words_of(int code) {
    return std::error_code(code, std::generic_category()).message();
}

class file_body final : public http::body_source {
public:
    file_body(std::string path, std::function<void(std::uint64_t)> sent)
        : path_(std::move(path)), sent_(std::move(sent)) {}

    result<void> open() {
        // Opening a pipe would block.
        file_ = base::file_descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (!file_) return unusable(path_, words_of(errno));
        struct stat about{};
        if (::fstat(file_.get(), &about) != 0) return unusable(path_, words_of(errno));
        if (!S_ISREG(about.st_mode)) return unusable(path_, "is not a regular file");
        size_ = static_cast<std::uint64_t>(about.st_size);
        buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size_, piece_bytes)));
        return {};
    }

    std::uint64_t size() const noexcept override { return size_; }

    result<std::span<std::byte const>> read(std::uint64_t offset) override {
        auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size_ - offset, buffer_.size()));
        ssize_t got = 0;
        do got = ::pread(file_.get(), buffer_.data(), wanted, static_cast<off_t>(offset));
        while (got < 0 && errno == EINTR);
        if (got < 0) return unusable(path_, words_of(errno));
        if (got == 0)
            return unusable(path_, "has become shorter: " + std::to_string(offset) + " of " + std::to_string(size_) +
                                       " bytes are left");
        auto const n = static_cast<std::size_t>(got);
        if (sent_) sent_(offset + n);
        return std::span<std::byte const>(buffer_).first(n);
    }

private:
    static constexpr std::uint64_t piece_bytes = 1 << 20;

    std::string const path_;
    std::function<void(std::uint64_t)> const sent_;
    base::file_descriptor file_;
    std::uint64_t size_ = 0;
    std::vector<std::byte> buffer_;
};

}  // namespace

std::shared_ptr<http::body_source> body_of(std::string bytes) {
    return std::make_shared<memory_body>(std::move(bytes));
}

result<std::shared_ptr<http::body_source>> body_of(std::filesystem::path const& file,
                                                   std::function<void(std::uint64_t)> sent) {
    auto out = std::make_shared<file_body>(file.string(), std::move(sent));
    if (auto ok = out->open(); !ok) return ok.error();
    return std::shared_ptr<http::body_source>(std::move(out));
}

}  // namespace aisle::detail
