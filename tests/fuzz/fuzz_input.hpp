#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <support/grind.hpp>

namespace aisle::fuzz {

/// A fuzzer's input, taken apart from its front: first what decides how to read, then what is read.
class fuzz_input {
public:
    fuzz_input(std::uint8_t const* data, std::size_t size) : rest_(reinterpret_cast<char const*>(data), size) {}

    /// The next byte, 0 where there is none.
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        auto const first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }

    /// What comes before the next line feed, which is passed over.
    std::string_view line() {
        auto const stop = std::min(rest_.find('\n'), rest_.size());
        auto const text = rest_.substr(0, stop);
        rest_.remove_prefix(std::min(stop + 1, rest_.size()));
        return text;
    }

    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

/// Sizes that a seed decides: equal ones below 128, else a mixture of small and large ones. They grow after a while, so
/// that a long input costs no thousands of pieces.
class step_sizes {
public:
    explicit step_sizes(std::uint8_t seed) : seed_(seed), state_(seed * 0x9e3779b9u + 1) {}

    std::size_t next() {
        auto const growth = std::min(count_++ / 64, 6u);
        if (seed_ < 128) return (seed_ + std::size_t{1}) << growth;
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return (1 + (state_ & (state_ & 0x10000 ? 0x7ff : 0xf))) << growth;
    }

private:
    std::uint8_t seed_;
    std::uint32_t state_;
    unsigned count_ = 0;
};

/// The bytes in pieces of such sizes, each in memory of exactly its size.
inline test::pieces cut(std::string_view bytes, std::uint8_t seed) {
    test::pieces out;
    for (step_sizes steps(seed); !bytes.empty();) {
        auto const now = bytes.substr(0, steps.next());
        out.emplace_back(now);
        bytes.remove_prefix(now.size());
    }
    return out;
}

/// Ends the program, showing both, when the same input read in two ways gives two logs.
inline void require_same(std::string const& one, std::string const& other) {
    if (one != other) FAIL("the same bytes were read differently:\n" << one << "---- and in pieces\n" << other);
}

}  // namespace aisle::fuzz
