#pragma once

#include <stdexcept>

namespace aisle::cli {

/// The command line or the input is invalid. what() is a message for the terminal: which part, and what to do.
class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The run cannot continue (a full disk, a closed pipe). what() is a message for the terminal.
class run_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace aisle::cli
