#pragma once

#include <aisle/batch_source.hpp>

#include <aisle.h>

namespace aisle::capi {

/// A batch source that calls the caller's function. `destroy` is called when the last copy is destroyed, and if this
/// function throws after it has read the struct.
batch_source to_source(aisle_source const* given);

}  // namespace aisle::capi
