#include <aisle/slice.hpp>

#include <algorithm>
#include <cstring>

namespace aisle {

std::span<std::byte> join(std::span<std::byte> front, std::span<std::byte> back) noexcept {
    if (front.empty()) return back;
    if (back.empty()) return front;
    std::byte* const front_end = front.data() + front.size();
    if (front_end == back.data()) return {front.data(), front.size() + back.size()};
    if (back.size() <= front.size()) {
        std::memmove(front_end, back.data(), back.size());
        return {front.data(), front.size() + back.size()};
    }
    std::byte* const start = back.data() - front.size();
    std::memmove(start, front.data(), front.size());
    return {start, front.size() + back.size()};
}

std::span<std::byte> join(std::span<std::span<std::byte> const> runs) noexcept {
    auto const largest =
        std::max_element(runs.begin(), runs.end(), [](auto const& a, auto const& b) { return a.size() < b.size(); });
    auto* begin = largest->data();
    auto* end = begin + largest->size();
    // The nearest first: each run moves into the space that the previous one has left.
    for (auto run = largest; run != runs.begin();) {
        --run;
        begin -= run->size();
        std::memmove(begin, run->data(), run->size());
    }
    for (auto run = largest + 1; run != runs.end(); ++run) {
        std::memmove(end, run->data(), run->size());
        end += run->size();
    }
    return {begin, end};
}

}  // namespace aisle
