#pragma once

#include <aisle/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace aisle::cli {

/// Decides when to report the error that an engine is recovering from: immediately if nothing has ever arrived from the
/// cluster, otherwise after two seconds without progress; then again every 30 seconds. Without it, a wrong port would
/// mean minutes of silence. Has no clock: the caller passes the time.
class trouble_watch {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds patience{2};
    static constexpr std::chrono::seconds repeat_after{30};

    /// retry: the options of the run.
    explicit trouble_watch(retry_options const& retry) : retry_(retry) {}

    /// Call it regularly. trouble and wire_bytes: from engine_stats; trouble is empty while no batch is in flight.
    /// progress: any number that grows when something arrives. Returns the line to print, if one is due.
    std::optional<std::string> update(std::optional<error> const& trouble, std::uint64_t wire_bytes,
                                      std::uint64_t progress, clock::time_point now);

    /// For the progress bar: the error, if it has lasted, and the time left. Empty otherwise.
    std::string const& summary() const noexcept { return summary_; }

private:
    retry_options const retry_;
    std::uint64_t progress_ = 0;
    std::optional<clock::time_point> since_;
    std::optional<clock::time_point> printed_;
    std::string summary_;
};

/// An error as a message for the user, such as "cannot reach localhost:9: Connection refused". Safe for a terminal.
std::string trouble_text(error const& why);

}  // namespace aisle::cli
