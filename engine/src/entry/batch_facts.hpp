#pragma once

#include <aisle/batch.hpp>

namespace aisle::detail {

/// Facts about all entries of a batch, so that callers need not check each one.
struct batch_facts {
    /// All entries have the same bucket, byte for byte.
    static bool one_bucket(batch const& b) noexcept { return b.one_bucket_; }
    /// Entries have only a bucket, an object and perhaps a tag.
    static bool names_only(batch const& b) noexcept { return b.names_only_; }
};

}  // namespace aisle::detail
