#include "../answer/answer.hpp"

#include <aisle/sample.hpp>

#include <algorithm>

namespace aisle {

std::string_view to_string(sample_status s) noexcept {
    switch (s) {
        case sample_status::delivered: return "delivered";
        case sample_status::missing: return "missing";
        case sample_status::failed: return "failed";
    }
    return "unknown";
}

std::span<std::byte const> sample::bytes() const {
    if (!delivered()) throw exception(why_ ? *why_ : error{errc::invalid_argument, stage::usage, "an empty sample"});
    return payload_.flat();
}

std::string_view sample::designated_target() const noexcept {
    return answer_ ? std::string_view(answer_->designated_target) : std::string_view();
}

std::string_view sample::request_id() const noexcept {
    return answer_ ? std::string_view(answer_->request_id) : std::string_view();
}

void sample::detach() {
    if (!slab_) return;
    auto copy = std::make_unique_for_overwrite<std::byte[]>(size());
    auto* to = copy.get();
    for (auto run : runs()) to = std::copy(run.begin(), run.end(), to);
    std::span<std::byte> const whole(copy.get(), size());
    payload_.clear();
    payload_.append(whole);
    detached_ = std::move(copy);
    slab_ = {};
}

}  // namespace aisle
