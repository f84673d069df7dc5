#pragma once

#include <aisle/result.hpp>
#include <aisle/sample.hpp>

namespace aisle::cli {

/// A destination for the payloads of delivered samples. Not thread-safe.
class sample_output {
public:
    virtual ~sample_output() = default;

    /// Stores a delivered sample. Returns an error that concerns only this entry (an unsafe name, a name too long for
    /// the file system). Throws run_error for one that would hit every other entry too, such as a full disk.
    virtual result<void> put(sample_view s) = 0;

    /// Makes what was stored permanent and visible. Not called when the run was interrupted. Throws run_error.
    virtual void finish() {}
};

}  // namespace aisle::cli
