#include "token_source.hpp"

#include <aisle/base/file_descriptor.hpp>
#include <aisle/codec/token.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace aisle::detail {
namespace {

constexpr std::chrono::seconds check_interval{1};
constexpr std::size_t max_file_bytes = 64 * 1024;
constexpr std::string_view scheme = "Bearer ";  // RFC 6750, section 2.1

}  // namespace

result<std::string_view> token_source::authorization(clock::time_point now) {
    if (!checked_ || (!from_.token_file.empty() && from_.token.empty() && now - checked_at_ >= check_interval)) {
        auto const ok = read();
        checked_at_ = now;
        checked_ = ok || !value_.empty();
        if (!checked_) return ok.error();
    }
    return std::string_view(value_);
}

bool token_source::refresh(std::string_view refused) {
    if (value_ != refused) return !value_.empty();
    if (from_.token_file.empty() || !from_.token.empty()) return false;
    seen_ = {};
    if (auto const ok = read(); !ok) return false;
    return value_ != refused;
}

result<void> token_source::read() {
    if (from_.token.empty()) return from_.token_file.empty() ? result<void>{} : read_file();
    if (auto const ok = codec::check_token(from_.token); !ok) return ok.error();
    value_ = std::string(scheme) + from_.token;
    return {};
}

result<void> token_source::read_file() {
    auto const refuse = [&](std::string const& why) {
        return error{errc::invalid_argument, stage::usage, "token file " + from_.token_file + ": " + why};
    };
    auto const system_words = [] { return std::generic_category().message(errno); };
    base::file_descriptor const file(::open(from_.token_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info{};
    if (!file || ::fstat(file.get(), &info) != 0) return refuse(system_words());
    if (!S_ISREG(info.st_mode)) return refuse("not a regular file");
    file_mark const mark{info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
    if (mark == seen_) return {};
    std::string text(max_file_bytes + 1, '\0');
    auto const n = ::read(file.get(), text.data(), text.size());
    if (n < 0) return refuse(system_words());
    if (static_cast<std::size_t>(n) > max_file_bytes) return refuse("over 64 KiB");
    text.resize(static_cast<std::size_t>(n));
    auto token = codec::read_token(std::move(text));
    if (!token) return refuse(token.error().text);
    seen_ = mark;
    value_ = std::string(scheme) + *token;
    return {};
}

}  // namespace aisle::detail

namespace aisle {

result<std::string> authorization(credentials const& given) {
    detail::token_source source(given);
    auto const value = source.authorization();
    if (!value) return value.error();
    return std::string(*value);
}

}  // namespace aisle
