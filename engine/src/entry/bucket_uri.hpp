#pragma once

#include <aisle/batch.hpp>
#include <aisle/result.hpp>

#include <string_view>

namespace aisle::detail {

/// A bucket for Get-Batch, provider and name separated. Views into the parsed text, or static.
struct bucket_uri {
    std::string_view provider;
    std::string_view name;
    /// "@uuid#name", either part alone, or empty for the global one; the value of AIStore's `namespace` parameter.
    std::string_view name_space = {};
};

/// Parses "provider://name", "provider://@uuid#namespace/name" or a bare "name" (provider ais). Providers are mapped to
/// AIStore's own lower-case names (s3 is aws, gs is gcp, az is azure, oc is oci). Error: invalid_entry.
result<bucket_uri> read_bucket(std::string_view text);

/// The bucket in the URL of a batch's request, as the entries give it. Pure.
///
/// AIStore behaviour: an entry names its bucket by provider and name only and inherits the namespace of the URL's
/// bucket, so a bucket in a namespace must be in the URL. Otherwise any bucket works, but a new one starts a new job on
/// every target: so `before`, the choice for the stream's previous batch, is kept while the batch has entries in it.
std::string_view path_bucket_of(batch const& what, std::string_view before);

/// True if an entry is in another namespace than the URL's bucket: it then needs AIStore's `uname`, and AIStore cannot
/// put a bucket into member names ("uname" without "onob" gives an empty one).
bool needs_unames(batch const& what, std::string_view path_bucket);

}  // namespace aisle::detail
