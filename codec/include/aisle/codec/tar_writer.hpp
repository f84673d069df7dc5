#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::codec {

// Writes tar as AIStore's targets do, byte for byte: Go's archive/tar with an automatic choice of format. POSIX ustar
// where the name and size fit (long names split at a '/' into prefix and name), else a PAX header before the member's;
// a regular file of mode 0644, user and group 0, no names. For a server that plays AIStore; nothing reads with it.

/// Appends the header block or blocks of a regular file; `size` payload bytes and append_tar_padding() follow.
/// mtime in seconds since 1970. False, with nothing appended, when Go refuses the name: a NUL in it, or a slash at its
/// end.
[[nodiscard]] bool append_tar_header(std::string& out, std::string_view name, std::uint64_t size,
                                     std::int64_t mtime = 0);

/// Appends the zero bytes that fill the last block of a payload.
void append_tar_padding(std::string& out, std::uint64_t payload_bytes);

/// Appends the end mark: two zero blocks, and nothing to fill a record.
void append_tar_end(std::string& out);

}  // namespace aisle::codec
