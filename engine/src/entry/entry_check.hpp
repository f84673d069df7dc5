#pragma once

#include <aisle/batch.hpp>

#include <string_view>

namespace aisle::detail {

/// check() of one entry after another: a bucket that is the one before is not read again. good_bucket: the last one
/// that was found good, empty before the first; views the entry it is of.
result<void> check_next(entry const& e, std::string_view& good_bucket);

}  // namespace aisle::detail
