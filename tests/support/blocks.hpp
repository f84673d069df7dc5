#pragma once

#include <block/block_builder.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aisle::test {

/// Empty samples of a made-up batch, one block of them.
inline detail::block_list empty_samples(std::uint64_t batch_number, std::uint32_t first, std::uint32_t count) {
    static auto const answered = [] {
        batch b{"ais://b"};
        for (int i = 0; i < 100; ++i) b.add("o" + std::to_string(i));
        return std::make_shared<detail::answer const>(detail::answer{std::make_shared<batch const>(b), {}, {}});
    }();
    detail::block_builder builder(batch_number, {});
    for (auto i = first; i < first + count; ++i) {
        segments nothing;
        builder.deliver(i, answered, nothing, {});
    }
    return builder.take();
}

/// The samples of the blocks, each by itself.
inline std::vector<sample> samples_of(detail::block_list blocks) {
    std::vector<sample> out;
    while (!blocks.empty())
        for (auto b = blocks.pop_front(); !b.empty();) out.push_back(detail::block_access::take_first(b));
    return out;
}

/// Batch and index of each of them.
inline std::vector<std::pair<std::uint64_t, std::uint32_t>> places_of(detail::block_list blocks) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> out;
    while (!blocks.empty()) {
        auto const b = blocks.pop_front();
        for (auto const s : b) out.emplace_back(s.batch(), s.index());
    }
    return out;
}

}  // namespace aisle::test
