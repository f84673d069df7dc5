#pragma once

#include <aisle/http/tls.hpp>
#include <aisle/options.hpp>

namespace aisle::detail {

/// The user's options as the HTTP client takes them.
http::tls_settings tls_of(tls_options const& given);

/// Throws aisle::exception with invalid_argument, and with what is wrong, when an option is out of its range or a file
/// of it cannot be used.
void check_options(engine_options const& given);

}  // namespace aisle::detail
