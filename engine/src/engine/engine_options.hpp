#pragma once

#include <aisle/feed.hpp>
#include <aisle/http/tls.hpp>
#include <aisle/options.hpp>

namespace aisle::detail {

/// The user's options in the HTTP client's form.
http::tls_settings tls_of(tls_options const& given);

/// The options, with durations capped at a hundred years so that sums do not overflow. Throws aisle::exception if one
/// is out of its range (invalid_argument, unsupported; the text names the option and the range), or if a file cannot be
/// used.
engine_options checked(engine_options given);
feed_options checked(feed_options o);
stream_options checked(stream_options given);

}  // namespace aisle::detail
