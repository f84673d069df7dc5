#pragma once

#include "file_io.hpp"

#include <string>
#include <utility>

namespace aisle::cli {

/// The name of a file before commit().
enum class temporary_name {
    none,   ///< O_TMPFILE: nothing is left, however the process ends
    random  ///< ".aisle-RANDOM.part" in its folder; a killed process leaves it, but it never collides with another
};

/// What a folder's file system supports: `none` if it has unnamed files that can be linked.
/// folder: descriptor of an open folder, or AT_FDCWD; path: relative to it.
temporary_name temporary_names_in(int folder, std::string const& path);

/// A file that becomes visible only when it is complete, and replaces a file of the same name in one step.
///
/// Members that fail return false and set errno.
class atomic_file {
public:
    atomic_file() = default;
    /// folder: descriptor of an open folder, which must stay open, or AT_FDCWD. path: of the file, relative to it.
    atomic_file(int folder, std::string path, temporary_name temporary);
    atomic_file(atomic_file&& other) noexcept { *this = std::move(other); }
    atomic_file& operator=(atomic_file&& other) noexcept;
    /// Removes the file unless commit() was called.
    ~atomic_file();

    /// False when the file could not be created.
    explicit operator bool() const noexcept { return static_cast<bool>(file_); }
    int fd() const noexcept { return file_.get(); }
    /// Closes the file and makes it visible.
    bool commit();

private:
    bool link_to(std::string const& path) const;

    int folder_ = -1;
    std::string path_;
    std::string temporary_;  ///< its name before commit(); empty: none
    file_descriptor file_;
};

}  // namespace aisle::cli
