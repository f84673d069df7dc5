#include "batch_picker.hpp"

namespace aisle::cli {

batch_picker::batch_picker(std::string bucket, std::vector<std::string> objects, std::size_t batch_size,
                           pick_order order, std::uint64_t seed)
    : bucket_(std::move(bucket)), objects_(std::move(objects)), batch_size_(batch_size), order_(order), random_(seed) {}

batch batch_picker::next() {
    batch picked(bucket_);
    picked.reserve(batch_size_);
    std::uniform_int_distribution<std::size_t> any(0, objects_.size() - 1);
    for (std::size_t i = 0; i < batch_size_; ++i) {
        auto const index = order_ == pick_order::random ? any(random_) : at_++ % objects_.size();
        picked.add(objects_[index]);
    }
    return picked;
}

}  // namespace aisle::cli
