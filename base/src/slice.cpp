#include <aisle/slice.hpp>

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

}  // namespace aisle
