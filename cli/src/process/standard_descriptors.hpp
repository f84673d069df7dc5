#pragma once

namespace aisle::cli {

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed. Call it first in main(): otherwise the next
/// file that is opened gets the number, and messages for standard error are written into that file. False on failure.
bool open_standard_descriptors() noexcept;

/// True when this descriptor (0, 1 or 2) was closed when the process started.
bool was_closed(int fd) noexcept;

/// Throws run_error when standard output was closed when the process started.
void require_standard_output();

}  // namespace aisle::cli
