#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// Writes a zip archive as AIStore (Go's archive/zip) does in a Get-Batch answer: stored entries, sizes and CRC in a
/// descriptor behind the data, the central directory at the end, zip64 where it is needed. Sans-IO. Not thread-safe.
class zip_writer {
public:
    /// Appends an entry's local header. mtime: seconds since 1970.
    void begin_entry(std::string& out, std::string_view name, std::int64_t mtime);
    /// Appends payload of the entry begun last.
    void data(std::string& out, std::string_view bytes);
    /// Appends its descriptor.
    void end_entry(std::string& out);
    /// Appends the central directory. Nothing may be written behind it.
    void finish(std::string& out);

private:
    struct written_entry {
        std::string name;
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
        std::uint32_t crc = 0;
        std::int64_t mtime = 0;
    };

    std::vector<written_entry> entries_;
    std::uint64_t written_ = 0;
};

}  // namespace aisle::codec
