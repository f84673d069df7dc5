#pragma once

#include <aisle/feed.hpp>
#include <aisle/http/tls.hpp>
#include <aisle/options.hpp>

namespace aisle::detail {

/// The user's options as the HTTP client takes them.
http::tls_settings tls_of(tls_options const& given);

/// The options, with what is for ever cut to a hundred years, so that sums of times do not overflow. Throws
/// aisle::exception when one is out of its range (invalid_argument, unsupported; the text names it and the range), or a
/// file of it cannot be used.
engine_options checked(engine_options given);
feed_options checked(feed_options o);
stream_options checked(stream_options given);

}  // namespace aisle::detail
