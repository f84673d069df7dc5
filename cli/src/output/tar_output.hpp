#pragma once

#include "file_writer.hpp"
#include "sample_output.hpp"

#include <cstdint>
#include <stop_token>
#include <string>

namespace aisle::cli {

/// Writes the samples to one tar archive, in input order, with the names bucket/object[/archpath]. Missing and failed
/// entries are left out, because a reader of the archive would take them for empty files.
///
/// The file appears when the archive is complete. Standard output ("-") is streamed; stop ends a blocked write to it.
class tar_output final : public sample_output {
public:
    /// Throws run_error when the file cannot be created, usage_error when standard output is a terminal.
    tar_output(std::string path, std::stop_token stop);

    result<void> put(sample_view s) override;
    void finish() override;

private:
    file_writer file_;
    std::int64_t now_;  ///< time stamp of the members: AIStore does not send when an object was changed
    std::string frame_;
};

}  // namespace aisle::cli
