#pragma once

#include <aisle/http/body_source.hpp>
#include <aisle/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace aisle::detail {

/// Bytes in memory as the data of a PUT.
std::shared_ptr<http::body_source> body_of(std::string bytes);

/// A file as the data of a PUT: opened now, read while it is sent. sent: called with the number of bytes read so far;
/// may be empty. Error: invalid_argument if the file cannot be opened or is not a regular file; from read(), if it has
/// become shorter.
result<std::shared_ptr<http::body_source>> body_of(std::filesystem::path const& file,
                                                   std::function<void(std::uint64_t)> sent);

}  // namespace aisle::detail
