#pragma once

#include <aisle/batch.hpp>

#include <string_view>

namespace aisle::detail {

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
