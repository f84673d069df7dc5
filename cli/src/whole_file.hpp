#pragma once

#include "file_descriptor.hpp"

#include <string>
#include <utility>

namespace aisle::cli {

/// What a file is called until it is whole.
enum class unfinished_name {
    none,   ///< O_TMPFILE: however the process ends, nothing is left
    random  ///< ".aisle-RANDOM.part" in its folder; a killed process leaves it, and it is in nobody's way
};

/// What works in a folder: unnamed files where its file system has them and they can be given a name.
/// folder: an open one, or AT_FDCWD; path: from there.
unfinished_name unfinished_names_in(int folder, std::string const& path);

/// A file that has its name from the moment it is whole, and replaces what had it before.
///
/// Errors are false, with errno set.
class whole_file {
public:
    whole_file() = default;
    /// folder: an open one, or AT_FDCWD, which must stay open. path: of the file, from there.
    whole_file(int folder, std::string path, unfinished_name until_whole);
    whole_file(whole_file&& other) noexcept { *this = std::move(other); }
    whole_file& operator=(whole_file&& other) noexcept;
    /// Unless appear() came before, the file is gone.
    ~whole_file();

    /// False when it could not be created.
    explicit operator bool() const noexcept { return static_cast<bool>(file_); }
    int fd() const noexcept { return file_.get(); }
    /// Closes the file and gives it its name.
    bool appear();

private:
    bool link_to(std::string const& path) const;

    int folder_ = -1;
    std::string path_;
    std::string part_;  ///< the name it has until then; empty: none
    file_descriptor file_;
};

}  // namespace aisle::cli
