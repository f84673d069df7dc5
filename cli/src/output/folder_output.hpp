#pragma once

#include "atomic_file.hpp"
#include "file_io.hpp"
#include "sample_output.hpp"

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace aisle::cli {

/// Writes each sample to a file, bucket/object[/archpath] under a folder.
///
/// A file appears complete or not at all. Symbolic links below the folder are never followed (the folder itself may be
/// one). A file of an earlier run is replaced. If two entries of a run map to the same path (two ranges of one object,
/// for example), identical content is accepted; different content fails the second entry instead of overwriting the
/// first.
class folder_output final : public sample_output {
public:
    /// Creates the folder if it does not exist. Throws run_error.
    explicit folder_output(std::string const& folder);

    result<void> put(sample_view s) override;
    /// True if the entry's file exists and has this size.
    bool has(entry const& e, std::uint64_t size) const;

private:
    result<void> enter(std::vector<std::string> const& components);
    result<void> store(std::string const& name, sample_view s);
    bool has_content(std::string const& name, sample_view s) const;
    bool written_by_this_run(std::string const& name) const;
    timespec next_tick();

    file_descriptor root_;
    temporary_name temporary_ = temporary_name::random;
    timespec started_{};  ///< by the clock of the folder's file system; files of earlier runs are older
    /// The folder of the last sample and its path. The next sample usually goes to the same folder.
    file_descriptor folder_;
    std::vector<std::string> folder_path_;
};

}  // namespace aisle::cli
