#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aisle::playground {

/// What a Get-Batch answer can be written in. AIStore knows the first four.
enum class output_format : std::uint8_t { tar, tgz, tar_lz4, zip, tar_zst };

/// The format that `mime` of a request selects. AIStore behaviour: case-sensitive tests for substrings in a certain
/// order, so that "application/gzip" is a zip, and ".tar.zst" without `zstd` a plain tar. Nothing for what AIStore does
/// not know.
std::optional<output_format> output_of(std::string_view mime, bool zstd) noexcept;

/// The Content-Type of a streaming answer.
std::string_view content_type_of(output_format format) noexcept;

}  // namespace aisle::playground
