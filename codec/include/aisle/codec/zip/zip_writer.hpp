#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// Writes a zip archive byte for byte as AIStore (Go's archive/zip) does in a Get-Batch response: stored entries, sizes
/// and CRC in a descriptor after the data, the central directory at the end, zip64 where it is needed, names repeated
/// as comments, times in UTC. For servers that emulate AIStore. Sans-IO: it produces the bytes around the payloads; the
/// caller writes the payloads. Not thread-safe.
class zip_writer {
public:
    /// Appends an entry's local header. mtime: seconds since 1970. Returns false and appends nothing when the name is
    /// over 65,535 bytes, which Go refuses, or ends with a slash, which means a folder. Precondition: the previous
    /// entry ended.
    [[nodiscard]] bool begin_entry(std::string& out, std::string_view name, std::int64_t mtime);
    /// Counts payload of the current entry; the caller writes it after the bytes appended so far.
    void data(std::span<std::byte const> payload) noexcept;
    /// Appends its descriptor.
    void end_entry(std::string& out);
    /// Appends the central directory. Nothing may be written afterwards.
    void finish(std::string& out);

private:
    struct written_entry {
        std::string name;
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
        std::uint32_t crc = 0;
        std::int64_t mtime = 0;
    };

    static void append_directory_entry(std::string& out, written_entry const& e);

    std::vector<written_entry> entries_;
    std::uint64_t written_ = 0;
};

}  // namespace aisle::codec
