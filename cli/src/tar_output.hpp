#pragma once

#include "file_writer.hpp"
#include "sample_output.hpp"

#include <cstdint>
#include <stop_token>
#include <string>

namespace aisle::cli {

/// The samples as one tar archive, in input order, named bucket/object[/archpath]. Entries that are missing or failed
/// are not in it: a reader of the archive would take them for empty ones.
///
/// A file gets its name when the archive is whole; to standard output ("-") it is streamed, and stop gives up waiting
/// for who reads it.
class tar_output final : public sample_output {
public:
    /// Throws run_error when the file cannot be made, usage_error when standard output is a terminal.
    tar_output(std::string path, std::stop_token stop);

    result<void> put(sample_view s) override;
    void finish() override;

private:
    file_writer file_;
    std::int64_t now_;  ///< the members' time stamp: AIStore does not tell when an object changed
    std::string frame_;
};

}  // namespace aisle::cli
