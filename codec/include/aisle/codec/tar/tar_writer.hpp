#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::codec {

// Writes tar byte for byte as AIStore's targets do: Go's archive/tar with automatic choice of format. POSIX ustar if
// the name and size fit (long names are split at a '/' into prefix and name), else a PAX header before the member's;
// regular files of mode 0644, user and group 0, no user or group names. For servers that emulate AIStore.

/// Appends the header block or blocks of a regular file; `size` payload bytes and append_tar_padding() follow.
/// mtime: seconds since 1970. Returns false and appends nothing for names that Go refuses: with a NUL, or ending in a
/// slash.
[[nodiscard]] bool append_tar_header(std::string& out, std::string_view name, std::uint64_t size,
                                     std::int64_t mtime = 0);

/// Appends the zero bytes that fill the last block of a payload.
void append_tar_padding(std::string& out, std::uint64_t payload_bytes);

/// Appends the end mark: two zero blocks, without padding to a full record.
void append_tar_end(std::string& out);

}  // namespace aisle::codec
