#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aisle::playground {

/// Archive formats of a Get-Batch response. AIStore supports the first four.
enum class output_format : std::uint8_t { tar, tgz, tar_lz4, zip, tar_zst };

/// The format that `mime` of a request selects. AIStore behaviour: case-sensitive tests for substrings in a fixed
/// order, so "application/gzip" selects zip, and ".tar.zst" selects plain tar if `zstd` is false. Nothing for unknown
/// formats.
std::optional<output_format> output_of(std::string_view mime, bool zstd) noexcept;

/// The Content-Type of a streamed response.
std::string_view content_type_of(output_format format) noexcept;

}  // namespace aisle::playground
