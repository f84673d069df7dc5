#pragma once

#include "object_listing.hpp"

#include <aisle/batch.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace aisle::cli {

/// How a benchmark goes through a bucket.
enum class pick_order {
    random,  ///< any object at any time, as a shuffling data loader does
    listed   ///< in the bucket's order, from the start again at its end
};

/// Makes batches of a bucket's objects. The same seed gives the same batches.
class batch_picker {
public:
    /// Precondition: objects is not empty.
    batch_picker(std::string bucket, std::vector<listed_object> objects, std::size_t batch_size, pick_order order,
                 std::uint64_t seed);

    batch next();

private:
    std::string bucket_;
    std::vector<listed_object> objects_;
    std::size_t batch_size_;
    pick_order order_;
    std::mt19937_64 random_;
    std::size_t at_ = 0;
};

}  // namespace aisle::cli
