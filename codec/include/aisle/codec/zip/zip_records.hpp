#pragma once

#include <aisle/errc.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aisle::codec {

/// First four bytes of a record, as a little-endian number (PKWARE APPNOTE 6.3.x, clause 4.3).
enum class zip_signature : std::uint32_t {
    local_header = 0x04034b50,       ///< 4.3.7
    descriptor = 0x08074b50,         ///< 4.3.9.3; at the start of an archive: a split archive (8.5.3)
    extra_data = 0x08064b50,         ///< 4.3.11, before an encrypted central directory
    central_header = 0x02014b50,     ///< 4.3.12
    digital_signature = 0x05054b50,  ///< 4.3.13
    zip64_end = 0x06064b50,          ///< 4.3.14
    zip64_locator = 0x07064b50,      ///< 4.3.15
    end = 0x06054b50,                ///< 4.3.16
    lone_segment = 0x30304b50        ///< 8.5.4: written as a split archive, but fitted into one segment
};

/// Sizes of the fixed parts of the records, in bytes.
inline constexpr std::size_t zip_signature_bytes = 4;
inline constexpr std::size_t zip_local_header_bytes = 30;
inline constexpr std::size_t zip_central_header_bytes = 46;
inline constexpr std::size_t zip64_end_bytes = 56;
inline constexpr std::size_t zip64_locator_bytes = 20;
inline constexpr std::size_t zip_end_bytes = 22;
/// The longest form of a data descriptor (4.3.9). At least this many bytes follow a payload, whatever its form.
inline constexpr std::size_t zip_descriptor_bytes = 24;

/// Bits of the general purpose flag (4.4.4).
inline constexpr std::uint16_t zip_flag_encrypted = 1u << 0;
inline constexpr std::uint16_t zip_flag_descriptor = 1u << 3;
inline constexpr std::uint16_t zip_flag_patched = 1u << 5;
inline constexpr std::uint16_t zip_flag_strong_encryption = 1u << 6;
inline constexpr std::uint16_t zip_flag_masked = 1u << 13;

/// Supported compression methods (4.4.5).
inline constexpr std::uint16_t zip_stored = 0;
inline constexpr std::uint16_t zip_deflated = 8;

/// Why a record is rejected.
struct zip_fault {
    errc code;
    char const* text;
};

/// CRC and sizes of an entry, as declared in a header or as counted while its payload is read.
struct zip_measures {
    std::uint32_t crc = 0;  ///< of the uncompressed bytes
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;
};

/// A local header (4.3.7). Sizes are taken from the zip64 field if there is one (4.5.3).
struct zip_local_header {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    zip_measures declared;
    std::string_view name;  ///< a view of the record
};

/// A header of the central directory (4.3.12). Sizes as in the local header.
struct zip_central_header {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    zip_measures declared;
    std::uint64_t offset = 0;  ///< of the local header
    std::uint32_t disk = 0;
    std::string_view name;  ///< a view of the record
};

/// The zip64 end record (4.3.14) or the end record (4.3.16). In the latter, a number that does not fit its field is all
/// ones.
struct zip_end_record {
    std::uint32_t disk = 0;
    std::uint32_t directory_disk = 0;
    std::uint64_t entries_here = 0;
    std::uint64_t entries = 0;
    std::uint64_t directory_bytes = 0;
    std::uint64_t directory_offset = 0;
    std::uint16_t comment_bytes = 0;     ///< end record only
    std::uint64_t extensible_bytes = 0;  ///< zip64 only: size of the extensible data sector after it (4.3.14.2)
};

/// The zip64 locator (4.3.15).
struct zip64_locator {
    std::uint32_t disk = 0;
    std::uint64_t offset = 0;
    std::uint32_t disks = 0;
};

zip_signature signature_of(std::span<std::byte const, zip_signature_bytes> bytes) noexcept;

/// The full length of a header, including its name and other fields of variable length.
std::size_t whole_size(std::span<std::byte const, zip_local_header_bytes> fixed) noexcept;
std::size_t whole_size(std::span<std::byte const, zip_central_header_bytes> fixed) noexcept;

/// Decode a header. Returns why it is rejected: it is damaged, or uses an unsupported feature. Precondition: the record
/// is complete, and its signature was checked.
std::optional<zip_fault> decode(std::span<std::byte const> record, zip_local_header& out) noexcept;
std::optional<zip_fault> decode(std::span<std::byte const> record, zip_central_header& out) noexcept;

zip_end_record decode_zip64_end(std::span<std::byte const, zip64_end_bytes> record) noexcept;
zip64_locator decode_zip64_locator(std::span<std::byte const, zip64_locator_bytes> record) noexcept;
zip_end_record decode_zip_end(std::span<std::byte const, zip_end_bytes> record) noexcept;

/// The length of the data descriptor that `bytes` starts with, if it fits an entry with these measures; 0 if it does
/// not. Accepts all its forms: sizes of 4 or 8 bytes, with or without signature (4.3.9).
std::size_t match_descriptor(std::span<std::byte const, zip_descriptor_bytes> bytes,
                             zip_measures const& measured) noexcept;

}  // namespace aisle::codec
