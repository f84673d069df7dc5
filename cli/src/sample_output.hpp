#pragma once

#include <aisle/result.hpp>
#include <aisle/sample.hpp>

namespace aisle::cli {

/// Where the payloads of delivered samples go. One thread.
class sample_output {
public:
    virtual ~sample_output() = default;

    /// Puts one delivered sample away. An error is this entry's alone (an unsafe name, a name too long for the file
    /// system); throws run_error for what would hit every other entry too, such as a full disk.
    virtual result<void> put(sample_view s) = 0;

    /// Makes what was put lasting and visible. Not called when the run was cut off. Throws run_error.
    virtual void finish() {}
};

}  // namespace aisle::cli
