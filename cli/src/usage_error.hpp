#pragma once

#include <stdexcept>

namespace aisle::cli {

/// The command line or its input cannot be worked with; what() says which part of it, for the terminal.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The run cannot go on (a full disk, a closed pipe); what() says why, for the terminal.
class run_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace aisle::cli
