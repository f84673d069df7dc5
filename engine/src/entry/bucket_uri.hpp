#pragma once

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

}  // namespace aisle::detail
