#pragma once

#include <aisle/batch.hpp>
#include <aisle/bucket.hpp>
#include <aisle/feed.hpp>
#include <aisle/options.hpp>
#include <aisle/retry.hpp>

#include <aisle.h>
#include <string>

namespace aisle::capi {

/// The caller's text; empty for null.
inline std::string text(char const* given) {
    return given ? given : "";
}

// Convert the caller's structs. They check only what the C++ types cannot represent; the engine checks the rest when
// the options are used. Each throws aisle::exception.
engine_options to_options(aisle_engine_options const* given);
stream_options to_options(aisle_stream_options const* given);
feed_options to_options(aisle_feed_options const& given);
retry_options to_options(aisle_retry_options const* given);
get_options to_options(aisle_get_options const* given);
list_options to_options(aisle_list_options const* given);

/// default_bucket: for an entry without a bucket.
entry to_entry(aisle_entry const* given, std::string const& default_bucket);

}  // namespace aisle::capi
