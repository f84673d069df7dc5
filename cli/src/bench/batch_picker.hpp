#pragma once

#include <aisle/batch.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace aisle::cli {

/// The order in which a benchmark reads the objects of a bucket.
enum class pick_order {
    random,  ///< random objects, like a data loader that shuffles
    listed   ///< as listed, again from the start after the last
};

/// Generates batches of a bucket's objects. The same seed generates the same batches.
class batch_picker {
public:
    /// objects: names; must not be empty.
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
