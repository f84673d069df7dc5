#pragma once

#include "file_descriptor.hpp"
#include "sample_output.hpp"
#include "whole_file.hpp"

#include <ctime>
#include <string>
#include <vector>

namespace aisle::cli {

/// Each sample as a file, at bucket/object[/archpath] under a folder.
///
/// A file appears whole or not at all: it gets its name when it is written. Symbolic links below the
/// folder are never followed (the folder itself may be one). A file of an earlier run is replaced. Two entries of one
/// run that want the same place (ranges of one object, say) are told apart by content: the same bytes are fine, other
/// bytes fail that entry, because one of the two would silently be lost.
class folder_output final : public sample_output {
public:
    /// Makes the folder where it is missing. Throws run_error.
    explicit folder_output(std::string const& folder);

    result<void> put(sample_view s) override;

private:
    result<void> enter(std::vector<std::string> const& components);
    result<void> place(std::string const& name, sample_view s);
    bool holds(std::string const& name, sample_view s) const;
    bool written_by_this_run(std::string const& name) const;
    timespec next_tick();

    file_descriptor root_;
    unfinished_name until_whole_ = unfinished_name::random;
    timespec began_{};  ///< by the clock of the folder's file system; no earlier file is as late
    /// The folder of the last sample and the way to it: neighbours usually share one.
    file_descriptor here_;
    std::vector<std::string> here_path_;
};

}  // namespace aisle::cli
