#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// Writes a zip archive as AIStore (Go's archive/zip) does in a Get-Batch answer, byte for byte: stored entries, sizes
/// and CRC in a descriptor behind the data, the central directory at the end, zip64 where it is needed, names repeated
/// as comments, times as on a machine in UTC. For a server that plays AIStore; nothing reads with it. Sans-IO: it makes
/// the bytes around the payloads, which the caller writes itself. Not thread-safe.
class zip_writer {
public:
    /// Appends an entry's local header. mtime: seconds since 1970. False, with nothing appended, when the name is over
    /// 65,535 bytes, which Go refuses, or ends with a slash, which means a folder. The entry before has ended.
    [[nodiscard]] bool begin_entry(std::string& out, std::string_view name, std::int64_t mtime);
    /// Counts payload of the entry begun last; the caller writes it behind what was appended so far.
    void data(std::span<std::byte const> payload) noexcept;
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

    static void append_directory_entry(std::string& out, written_entry const& e);

    std::vector<written_entry> entries_;
    std::uint64_t written_ = 0;
};

}  // namespace aisle::codec
