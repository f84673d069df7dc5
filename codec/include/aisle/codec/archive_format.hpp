#pragma once

#include <aisle/codec/compression/decompressor.hpp>
#include <aisle/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aisle::codec {

/// The archive formats this build reads.
enum class archive_format : std::uint8_t { tar, tgz, zip, tar_lz4, tar_zst };

/// The format of a response, by the Content-Type RECEIVED (for an unknown `mime`
/// AIStore sends plain tar, for "application/gzip" zip). Parameters after ';' are ignored. Any other type is
/// errc::wrong_content_type.
result<archive_format> archive_format_of(std::string_view content_type);

/// The Content-Type of a response in this format (AIStore behaviour; AIStore has no zstd, whose type is from RFC 8878).
std::string_view content_type_of(archive_format format) noexcept;

/// The format of a user-supplied name: ".tar", ".tgz", ".tar.gz", ".zip", ".tar.lz4", ".tar.zst"; the dot is optional.
std::optional<archive_format> archive_format_named(std::string_view name) noexcept;
/// True if AIStore lists and reads the members of an object of this name: it ends in ".tar", ".tgz", ".tar.gz", ".zip"
/// or ".tar.lz4".
bool is_archive_name(std::string_view name) noexcept;
/// All names archive_format_named() accepts, for messages.
std::string archive_format_names();

/// The value of "mime" in a request that gets this format from AIStore; also the format's name in the interface.
std::string_view request_mime_of(archive_format format) noexcept;

/// The compression around an archive of this format.
compression compression_of(archive_format format) noexcept;

/// Number of bytes that archive_format_of_magic() needs.
inline constexpr std::size_t archive_magic_bytes = 4;

/// Detects an archive's format by its first bytes (fewer than archive_magic_bytes only if the archive is shorter).
/// Anything not recognised is taken for tar, whose reader verifies a checksum in every header.
archive_format archive_format_of_magic(std::span<std::byte const> first) noexcept;

/// Detects an archive's format by its first bytes as they arrive. Leading skippable frames, which lz4 and zstd share,
/// are skipped: the first other frame decides. Sans-IO, a plain value.
class format_probe {
public:
    /// Consumes bytes until the format is known, and returns how many. The last archive_magic_bytes consumed, begin(),
    /// are the archive's own.
    std::size_t feed(std::span<std::byte const> input) noexcept;
    /// The format; nothing until archive_magic_bytes of the archive were consumed.
    std::optional<archive_format> format() const noexcept { return format_; }
    /// The first bytes of the archive, or of its first frame that is not skippable, as far as they were consumed.
    std::span<std::byte const> begin() const noexcept { return std::span(header_).first(gathered_); }

private:
    std::array<std::byte, 8> header_{};  // of a frame
    std::size_t gathered_ = 0;
    std::uint32_t skip_ = 0;  // bytes left of a skippable frame
    std::optional<archive_format> format_;
};

}  // namespace aisle::codec
