#pragma once

#include <aisle/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace aisle::cli {

/// Decides when the fault that an engine is recovering from is worth a line: once nothing has come for two seconds
/// because of it, and then every half a minute. Without it a wrong port would be minutes of silence. No clock of its
/// own: the caller brings the time.
class trouble_watch {
public:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds patience{2};
    static constexpr std::chrono::seconds repeat_after{30};

    /// retry_for: retry_options::elapsed of what is fetched.
    explicit trouble_watch(std::chrono::milliseconds retry_for) : retry_for_(retry_for) {}

    /// A look at the engine. trouble: engine_stats::trouble, nothing while no batch is in flight. progress: any number
    /// that grows with what comes. Returns the line to print, if one is due.
    std::optional<std::string> look(std::optional<error> const& trouble, std::uint64_t progress, clock::time_point now);

    /// For the progress bar: the fault, if it has lasted, and the time left. Empty otherwise.
    std::string const& in_short() const noexcept { return in_short_; }

private:
    std::chrono::milliseconds const retry_for_;
    std::uint64_t progress_ = 0;
    std::optional<clock::time_point> since_;
    std::optional<clock::time_point> printed_;
    std::string in_short_;
};

/// A fault in words a user can act on, such as "no answer from localhost:9: Connection refused". Safe for a terminal.
std::string trouble_text(error const& why);

}  // namespace aisle::cli
