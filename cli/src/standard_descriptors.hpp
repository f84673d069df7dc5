#pragma once

namespace aisle::cli {

/// Opens /dev/null in the place of each of descriptors 0, 1 and 2 that is closed. Call it before anything else in
/// main(): the next file that is opened would get the number, and messages for standard error would be written into it.
/// False when there is nothing to open.
bool open_standard_descriptors() noexcept;

/// True when this descriptor (0, 1 or 2) was closed when the process began.
bool was_closed(int fd) noexcept;

/// Throws run_error when standard output was closed when the process began.
void need_standard_output();

}  // namespace aisle::cli
