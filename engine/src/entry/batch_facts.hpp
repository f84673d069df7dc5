#pragma once

#include <aisle/batch.hpp>

namespace aisle::detail {

/// What a batch knows of all of its entries, so that not each has to be looked at.
struct batch_facts {
    /// All entries have the same bucket, byte for byte.
    static bool one_bucket(batch const& b) noexcept { return b.one_bucket_; }
    /// No entry says more than its bucket and object, and perhaps a tag.
    static bool names_only(batch const& b) noexcept { return b.names_only_; }
};

}  // namespace aisle::detail
