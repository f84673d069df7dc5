#pragma once

#include <aisle/options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace aisle::cli {

/// Decides when the fault that an engine is recovering from is worth a line: at once while nothing has ever come from
/// the cluster, otherwise once nothing has come for two seconds because of it; and then every half a minute. Without it
/// a wrong port would be minutes of silence. No clock of its own: the caller brings the time.
class trouble_watch {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds patience{2};
    static constexpr std::chrono::seconds repeat_after{30};

    /// retry: of what is fetched.
    explicit trouble_watch(retry_options const& retry) : retry_(retry) {}

    /// A look at the engine: trouble and wire_bytes are engine_stats', trouble nothing while no batch is in flight.
    /// progress: any number that grows with what comes. Returns the line to print, if one is due.
    std::optional<std::string> look(std::optional<error> const& trouble, std::uint64_t wire_bytes,
                                    std::uint64_t progress, clock::time_point now);

    /// For the progress bar: the fault, if it has lasted, and the time left. Empty otherwise.
    std::string const& in_short() const noexcept { return in_short_; }

private:
    retry_options const retry_;
    std::uint64_t progress_ = 0;
    std::optional<clock::time_point> since_;
    std::optional<clock::time_point> printed_;
    std::string in_short_;
};

/// A fault in words a user can act on, such as "no answer from localhost:9: Connection refused". Safe for a terminal.
std::string trouble_text(error const& why);

}  // namespace aisle::cli
