#include "folder_output.hpp"

#include "../text/printable.hpp"
#include "../usage_error.hpp"
#include "member_path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace aisle::cli {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

/// True for errors that come from one name. All others, such as a full disk, would hit the next entry too.
bool affects_one_entry(int code) {
    return code == ENAMETOOLONG || code == ENOTDIR || code == EISDIR || code == ELOOP || code == EEXIST ||
           code == EINVAL || code == EILSEQ || code == EFBIG || code == EACCES || code == EPERM || code == ENOENT ||
           code == ENOTEMPTY;
}

bool later(timespec const& a, timespec const& b) {
    return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

error failure(std::string what, int code) {
    auto text = system_message(std::move(what), code);
    if (!affects_one_entry(code)) throw run_error(text);
    return {errc::invalid_argument, stage::usage, std::move(text)};
}

}  // namespace

folder_output::folder_output(std::string const& folder) {
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    root_ = file_descriptor(open(folder.c_str(), folder_flags));
    if (!root_) throw run_error(system_message("cannot write to the folder '" + printable(folder) + "'", errno));
    temporary_ = temporary_names_in(root_.get(), ".");
    started_ = next_tick();
}

// File time stamps advance in ticks of some milliseconds. Waiting for the next tick separates the files of this run
// from those written just before it.
timespec folder_output::next_tick() {
    atomic_file const made(root_.get(), "tick", temporary_);  // never committed
    struct stat first{};
    if (!made || fstat(made.fd(), &first) != 0)
        throw run_error(system_message("cannot write to the output folder", errno));
    struct stat now = first;
    // Gives up on file systems with coarser stamps: there an older file may be taken for one of this run.
    for (int i = 0; i < 50 && !later(now.st_ctim, first.st_ctim); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (futimens(made.fd(), nullptr) != 0 || fstat(made.fd(), &now) != 0) break;
    }
    return now.st_ctim;
}

result<void> folder_output::put(sample_view s) {
    auto components = member_path(s.entry());
    if (!components) return components.error();
    std::string const name = std::move(components->back());
    components->pop_back();
    if (auto entered = enter(*components); !entered) return entered;
    return store(name, s);
}

bool folder_output::has(entry const& e, std::uint64_t size) const {
    auto const components = member_path(e);
    struct stat s{};
    return components && fstatat(root_.get(), join_path(*components).c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(s.st_mode) && static_cast<std::uint64_t>(s.st_size) == size;
}

result<void> folder_output::enter(std::vector<std::string> const& components) {
    if (folder_ && components == folder_path_) return {};
    folder_ = {};
    int at = root_.get();
    file_descriptor current;
    for (std::size_t i = 0; i < components.size(); ++i) {
        char const* const name = components[i].c_str();
        file_descriptor next(openat(at, name, folder_flags | O_NOFOLLOW));
        if (!next && errno == ENOENT && (mkdirat(at, name, 0777) == 0 || errno == EEXIST))
            next = file_descriptor(openat(at, name, folder_flags | O_NOFOLLOW));
        if (!next) {
            int const code = errno;
            auto const path = join_path({components.begin(), components.begin() + static_cast<std::ptrdiff_t>(i) + 1});
            return failure(
                "cannot enter the folder '" + printable(path) + "' (a file or a symbolic link may have this name)",
                code);
        }
        current = std::move(next);
        at = current.get();
    }
    folder_ = std::move(current);
    folder_path_ = components;
    return {};
}

bool folder_output::written_by_this_run(std::string const& name) const {
    struct stat s{};
    if (fstatat(folder_.get(), name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode)) return false;
    return !later(started_, s.st_ctim);
}

bool folder_output::has_content(std::string const& name, sample_view s) const {
    file_descriptor const file(openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file) return false;
    std::array<char, 64 * 1024> buffer{};
    for (auto run : s.runs())
        while (!run.empty()) {
            auto const n = read(file.get(), buffer.data(), std::min(buffer.size(), run.size()));
            if (n <= 0 || std::memcmp(buffer.data(), run.data(), static_cast<std::size_t>(n)) != 0) return false;
            run = run.subspan(static_cast<std::size_t>(n));
        }
    return read(file.get(), buffer.data(), 1) == 0;
}

result<void> folder_output::store(std::string const& name, sample_view s) {
    if (written_by_this_run(name)) {
        if (has_content(name, s)) return {};
        return error{errc::invalid_entry, stage::usage,
                     "an earlier entry of this run was written to '" + printable(name) +
                         "' with other content; use --tar to keep both"};
    }
    atomic_file file(folder_.get(), name, temporary_);
    if (!file) return failure("cannot create a file for '" + printable(name) + "'", errno);
    std::vector<std::span<std::byte const>> const runs(s.runs().begin(), s.runs().end());
    if (!write_runs(file.fd(), runs) || !file.commit()) return failure("cannot write '" + printable(name) + "'", errno);
    return {};
}

}  // namespace aisle::cli
