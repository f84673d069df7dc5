#include <aisle/segments.hpp>

#include <algorithm>

namespace aisle {

void segments::append_behind(std::span<std::byte> run) {
    if (run.empty()) return;
    size_ += run.size();
    auto& last = all_.empty() ? first_ : all_.back();
    bool const adjacent = last.data() + last.size() == run.data();
    if (adjacent || std::min(last.size(), run.size()) <= eager_join_bytes) {
        last = join(last, run);
        return;
    }
    if (all_.empty()) all_.push_back(first_);
    all_.push_back(run);
}

void segments::relocate(std::byte const* from, std::byte* to) noexcept {
    auto follow = [&](std::span<std::byte>& run) {
        if (!run.empty()) run = {to + (run.data() - from), run.size()};
    };
    follow(first_);
    for (auto& run : all_) follow(run);
}

void segments::take_off_back(std::size_t n) noexcept {
    size_ -= n;
    while (n != 0) {
        auto& last = all_.empty() ? first_ : all_.back();
        auto const off = std::min(n, last.size());
        last = last.first(last.size() - off);
        n -= off;
        if (last.empty() && !all_.empty()) all_.pop_back();
    }
    if (size_ == 0) clear();
}

std::span<std::byte> segments::flat() noexcept {
    if (all_.empty()) return first_;
    first_ = join(all_);
    all_.clear();
    return first_;
}

}  // namespace aisle
