#pragma once

#include <aisle/batch.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace aisle::cli {

/// The entries that an earlier run has delivered, according to its report. Needs memory for the names of all of them.
/// Immutable after load(), so thread-safe.
class earlier_report {
public:
    /// Reads the report at `path`, if it exists. A last line that is incomplete, because the run was killed, is cut off
    /// the file, so that lines can be appended. Throws usage_error if the file is not a report, run_error if it cannot
    /// be read or changed.
    void load(std::string const& path);

    /// The size of the entry's payload, if it was delivered. Entries are the same if bucket, object, archpath and range
    /// are.
    std::optional<std::uint64_t> delivered_size(entry const& e) const;

private:
    std::unordered_map<std::string, std::uint64_t> sizes_;
};

}  // namespace aisle::cli
