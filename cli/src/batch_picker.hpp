#pragma once

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
    /// objects: their names. Precondition: not empty.
    batch_picker(std::string bucket, std::vector<std::string> objects, std::size_t batch_size, pick_order order,
                 std::uint64_t seed);

    batch next();

private:
    std::string bucket_;
    std::vector<std::string> objects_;
    std::size_t batch_size_;
    pick_order order_;
    std::mt19937_64 random_;
    std::size_t at_ = 0;
};

}  // namespace aisle::cli
