#pragma once

#include <aisle/export.h>
#include <aisle/version.h>

#include <string_view>

namespace aisle {

/// The version of the loaded library, such as "0.1.0". AISLE_VERSION is the version of the headers that a program was
/// compiled with; the two may differ in the last number (docs/embedding.md, "Versions"). Any thread.
AISLE_API std::string_view version() noexcept;

}  // namespace aisle
