#pragma once

#include <aisle/codec/decompressor.hpp>
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

/// The format an answer has, from the Content-Type that ARRIVED (AIStore answers an unknown `mime` with plain tar, and
/// "application/gzip" with zip). Parameters after ';' are ignored. errc::wrong_content_type names any other type.
result<archive_format> archive_format_of(std::string_view content_type);

/// The Content-Type an answer of this format has (AIStore behaviour; it has no zstd, whose type is RFC 8878's).
std::string_view content_type_of(archive_format format) noexcept;

/// The format a user names: ".tar", ".tgz", ".tar.gz", ".zip", ".tar.lz4", ".tar.zst", the leading dot optional.
std::optional<archive_format> archive_format_named(std::string_view name) noexcept;
/// All names archive_format_named() reads, for messages.
std::string archive_format_names();

/// What to ask AIStore for ("mime" of the request) to get this format; also its name for users.
std::string_view request_mime_of(archive_format format) noexcept;

/// How an archive of this format is wrapped.
compression compression_of(archive_format format) noexcept;

/// Bytes that archive_format_of_magic() wants to see.
inline constexpr std::size_t archive_magic_bytes = 4;

/// The format of an archive that does not say, from its first bytes (fewer than archive_magic_bytes when it has no
/// more). What begins like nothing else is tar, whose reader verifies a checksum in every header.
archive_format archive_format_of_magic(std::span<std::byte const> first) noexcept;

/// Finds out the format of an archive that does not say, from its first bytes as they arrive. Leading skippable frames,
/// which lz4 and zstd share, are passed over: the first other frame tells. Sans-IO, a plain value.
class format_probe {
public:
    /// Takes bytes from the front until the format is known. Returns how many; the last archive_magic_bytes of all that
    /// were taken, begin(), are the archive's.
    std::size_t feed(std::span<std::byte const> input) noexcept;
    /// The format, once archive_magic_bytes of the archive are here.
    std::optional<archive_format> format() const noexcept { return format_; }
    /// What the archive, or its first frame that is not skippable, begins with: all there are so far.
    std::span<std::byte const> begin() const noexcept { return std::span(header_).first(gathered_); }

private:
    std::array<std::byte, 8> header_{};  // of a frame
    std::size_t gathered_ = 0;
    std::uint32_t skip_ = 0;  // left of a skippable frame
    std::optional<archive_format> format_;
};

}  // namespace aisle::codec
