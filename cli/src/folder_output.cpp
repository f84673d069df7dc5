#include "folder_output.hpp"

#include "member_path.hpp"
#include "printable.hpp"
#include "usage_error.hpp"

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

/// What stands in the way of one name is that entry's; everything else would meet the next entry as well.
bool entry_alone(int code) {
    return code == ENAMETOOLONG || code == ENOTDIR || code == EISDIR || code == ELOOP || code == EEXIST ||
           code == EINVAL || code == EILSEQ || code == EFBIG || code == EACCES || code == EPERM || code == ENOENT ||
           code == ENOTEMPTY;
}

bool later(timespec const& a, timespec const& b) {
    return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

error failure(std::string what, int code) {
    auto text = system_message(std::move(what), code);
    if (!entry_alone(code)) throw run_error(text);
    return {errc::invalid_argument, stage::usage, std::move(text)};
}

}  // namespace

folder_output::folder_output(std::string const& folder) {
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    root_ = file_descriptor(open(folder.c_str(), folder_flags));
    if (!root_) throw run_error(system_message("cannot write to the folder '" + printable(folder) + "'", errno));
    until_whole_ = unfinished_names_in(root_.get(), ".");
    began_ = next_tick();
}

// Time stamps come in ticks of some milliseconds. Waiting for the next one tells files of this run from those that were
// written just before it.
timespec folder_output::next_tick() {
    whole_file const made(root_.get(), "tick", until_whole_);  // never gets the name
    struct stat first{};
    if (!made || fstat(made.fd(), &first) != 0)
        throw run_error(system_message("cannot write to the output folder", errno));
    struct stat now = first;
    // A file system of coarser stamps is not waited for: there, an older file may be taken for one of this run.
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
    return place(name, s);
}

result<void> folder_output::enter(std::vector<std::string> const& components) {
    if (here_ && components == here_path_) return {};
    here_ = {};
    int at = root_.get();
    file_descriptor current;
    for (std::size_t i = 0; i < components.size(); ++i) {
        char const* const name = components[i].c_str();
        file_descriptor next(openat(at, name, folder_flags | O_NOFOLLOW));
        if (!next && errno == ENOENT && (mkdirat(at, name, 0777) == 0 || errno == EEXIST))
            next = file_descriptor(openat(at, name, folder_flags | O_NOFOLLOW));
        if (!next) {
            int const code = errno;
            auto const way = join_path({components.begin(), components.begin() + static_cast<std::ptrdiff_t>(i) + 1});
            return failure("cannot enter '" + printable(way) + "' (a file or a symbolic link may be in the way)", code);
        }
        current = std::move(next);
        at = current.get();
    }
    here_ = std::move(current);
    here_path_ = components;
    return {};
}

bool folder_output::written_by_this_run(std::string const& name) const {
    struct stat s{};
    if (fstatat(here_.get(), name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode)) return false;
    return !later(began_, s.st_ctim);
}

bool folder_output::holds(std::string const& name, sample_view s) const {
    file_descriptor const file(openat(here_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
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

result<void> folder_output::place(std::string const& name, sample_view s) {
    if (written_by_this_run(name)) {
        if (holds(name, s)) return {};
        return error{
            errc::invalid_entry, stage::usage,
            "an earlier entry of this run went to '" + printable(name) + "' with other bytes; --tar keeps both"};
    }
    whole_file file(here_.get(), name, until_whole_);
    if (!file) return failure("cannot create a file for '" + printable(name) + "'", errno);
    std::vector<std::span<std::byte const>> const runs(s.runs().begin(), s.runs().end());
    if (!write_runs(file.fd(), runs) || !file.appear()) return failure("cannot write '" + printable(name) + "'", errno);
    return {};
}

}  // namespace aisle::cli
