#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::test {

/// One input of a reader, in memory of exactly its size, so that AddressSanitizer sees the first byte read beyond it.
class piece {
public:
    explicit piece(std::string_view bytes) : size_(bytes.size()), memory_(new std::byte[bytes.size()]) {
        if (size_ != 0) std::memcpy(memory_.get(), bytes.data(), size_);
    }
    std::span<std::byte const> bytes() const { return {memory_.get(), size_}; }

private:
    std::size_t size_;
    std::unique_ptr<std::byte[]> memory_;
};

using pieces = std::vector<piece>;

/// Feeds the pieces to a fresh reader and writes down what it says, in a form that does not depend on the split.
/// A failure is the log's last line and begins with "error".
using log_function = std::function<std::string(pieces const&)>;

inline pieces whole(std::string_view bytes) {
    pieces out;
    out.emplace_back(bytes);
    return out;
}

inline pieces cut_every(std::string_view bytes, std::size_t step) {
    pieces out;
    for (std::size_t at = 0; at < bytes.size(); at += step) out.emplace_back(bytes.substr(at, step));
    return out;
}

inline bool ends_in_error(std::string_view log) {
    auto const last = log.rfind('\n', log.size() - 2);
    return log.substr(last == std::string_view::npos ? 0 : last + 1).starts_with("error");
}

/// The same log in one piece, in single bytes, in some odd steps and cut in two at every point. Returns the log.
inline std::string grind_splits(std::string_view bytes, log_function const& log) {
    auto const expected = log(whole(bytes));
    for (std::size_t const step : {1, 2, 3, 7, 511, 512, 513}) {
        INFO("cut every " << step);
        REQUIRE(log(cut_every(bytes, step)) == expected);
    }
    for (std::size_t at = 0; at <= bytes.size(); ++at) {
        pieces two;
        two.emplace_back(bytes.substr(0, at));
        two.emplace_back(bytes.substr(at));
        auto const seen = log(two);
        if (seen == expected) continue;
        INFO("cut at " << at);
        REQUIRE(seen == expected);
    }
    return expected;
}

/// Every proper prefix ends in an error, one that contains `code_text`, after a prefix of the whole's log.
inline void grind_truncations(std::string_view bytes, log_function const& log, std::string_view code_text) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        auto const seen = log(whole(bytes.substr(0, size)));
        auto const last = seen.substr(seen.rfind('\n', seen.size() - 2) + 1);
        if (last.starts_with("error") && last.find(code_text) != std::string::npos) continue;
        INFO("cut to " << size << " bytes: " << seen);
        FAIL("a truncated input was accepted, or failed otherwise");
    }
}

/// Changes each byte of [begin, end) in several ways: an error, or the same log.
inline void grind_corruptions(std::string bytes, std::size_t begin, std::size_t end, log_function const& log) {
    auto const expected = log(whole(bytes));
    for (auto at = begin; at < end; ++at) {
        auto const good = bytes[at];
        for (int const change : {0x01, 0x02, 0x10, 0x20, 0x40, 0x80, 0xff}) {
            bytes[at] = static_cast<char>(good ^ change);
            auto const seen = log(whole(bytes));
            if (ends_in_error(seen) || seen == expected) continue;
            INFO("byte " << at << " xor " << change << ": " << seen);
            FAIL("a corrupted input was read as something else");
        }
        bytes[at] = good;
    }
}

inline bool lies_within(std::span<std::byte const> data, std::span<std::byte const> input) {
    return !data.empty() && !std::less<>()(data.data(), input.data()) &&
           !std::less<>()(input.data() + input.size(), data.data() + data.size());
}

}  // namespace aisle::test
