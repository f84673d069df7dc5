#pragma once

#include <aisle/batch.hpp>

#include <aisle.h>
#include <utility>

struct aisle_batch {
    aisle::batch value;

    /// Returns the batch with its entries. Afterwards this batch is empty and has the same default bucket.
    aisle::batch take() { return std::exchange(value, aisle::batch(value.default_bucket())); }
};
