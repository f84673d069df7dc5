#pragma once

namespace aisle::cli {

/// What the shell sees. `aisle --help` documents these; scripts build on them.
enum class exit_code : int {
    success = 0,       ///< every entry was delivered; of `stress`: came as it must, missing ones too
    failure = 1,       ///< an entry failed, or the run did; of `stress`: or came wrong, or was lost
    usage = 2,         ///< the command line or its input is not what the help asks for
    missing = 3,       ///< nothing failed, some entries do not exist on the server
    interrupted = 130  ///< SIGINT or SIGTERM ended the run: 128 + SIGINT, as shells have it
};

}  // namespace aisle::cli
