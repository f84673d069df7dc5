#pragma once

#include <aisle/error.hpp>

#include <string>

namespace aisle::cli {

/// What a user of the command can do about an error, without a full stop; empty if the error's text already says it, or
/// if nothing is to be done. docs/errors.md has more.
std::string remedy_of(error const& why);

}  // namespace aisle::cli
