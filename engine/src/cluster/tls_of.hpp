#pragma once

#include <aisle/http/tls.hpp>
#include <aisle/security.hpp>

namespace aisle::detail {

/// The user's options as the HTTP client takes them.
http::tls_settings tls_of(tls_options const& given);

/// Throws aisle::exception (invalid_argument, naming the file) when one of the files cannot be used.
void check_tls(tls_options const& given);

}  // namespace aisle::detail
