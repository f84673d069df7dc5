#pragma once

#include <aisle/batch.hpp>
#include <aisle/result.hpp>

#include <string_view>

namespace aisle::detail {

/// A bucket as Get-Batch wants it: provider and name apart. Views into the text it was read from, or static.
struct bucket_uri {
    std::string_view provider;
    std::string_view name;
    /// "@uuid#name", either part alone, or empty for the global one. As AIStore's `namespace` parameter has it.
    std::string_view name_space = {};
};

/// Reads "provider://name", "provider://@uuid#namespace/name" or a bare "name" (provider ais). Providers are mapped to
/// AIStore's own lower-case names (s3 is aws, gs is gcp, az is azure, oc is oci). Error: invalid_entry.
result<bucket_uri> read_bucket(std::string_view text);

/// The bucket a batch's request URL names, as its entries give it. Pure.
///
/// AIStore behaviour: an entry names its bucket by provider and name only; a namespace it has from the bucket in the
/// URL, so a bucket in a namespace goes there. Otherwise any bucket will do, but a new one starts a new job on every
/// target: `before`, the choice for the stream's previous batch, is kept as long as the batch asks for it.
std::string_view path_bucket_of(batch const& what, std::string_view before);

/// True when one of the entries is in another namespace than what the URL's bucket covers: it has to be named by
/// AIStore's `uname`, and AIStore then has no bucket to put into any member's name ("uname" without "onob" gives an
/// empty one).
bool needs_unames(batch const& what, std::string_view path_bucket);

}  // namespace aisle::detail
