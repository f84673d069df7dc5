#pragma once

namespace aisle::cli {

/// The exit codes of the process. The help texts document them, and scripts rely on them.
enum class exit_code : int {
    success = 0,       ///< all entries were delivered
    failure = 1,       ///< an entry or the run failed
    usage = 2,         ///< the command line or the input is invalid
    missing = 3,       ///< nothing failed, but some entries do not exist
    interrupted = 130  ///< ended by a signal; 128 + SIGINT, as in shells
};

}  // namespace aisle::cli
