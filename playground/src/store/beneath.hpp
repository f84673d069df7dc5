#pragma once

#include <aisle/base/file_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace aisle::playground {

using base::file_descriptor;

/// Opens a folder.
file_descriptor open_folder(std::filesystem::path const& path);

/// Opens `path` below the folder `dir`, with flags and mode as for open(2). Cannot leave the folder: not by "..", an
/// absolute path or a symbolic link (openat2(2), RESOLVE_BENEATH). On failure the result is empty and errno is set.
file_descriptor open_beneath(int dir, std::string const& path, int flags, unsigned mode = 0);

/// The same for kernels without openat2: opens each component in turn and refuses all symbolic links.
file_descriptor open_beneath_stepwise(int dir, std::string const& path, int flags, unsigned mode = 0);

/// Creates the missing parent folders of `path` below `dir`, and opens the last one.
file_descriptor make_parents_beneath(int dir, std::string const& path);

/// Reads from offset on into first, then second, until both are full or the file ends. Returns the number of bytes
/// read.
std::size_t read_at(int fd, std::uint64_t offset, std::span<std::byte> first, std::span<std::byte> second) noexcept;

}  // namespace aisle::playground
