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

/// A file as the data of a PUT: opened now, read as it is sent. sent: told how many bytes were read; may be empty.
/// invalid_argument for a file that cannot be opened or is no regular one; later, from read(), for one that has become
/// shorter.
result<std::shared_ptr<http::body_source>> body_of(std::filesystem::path const& file,
                                                   std::function<void(std::uint64_t)> sent);

}  // namespace aisle::detail
