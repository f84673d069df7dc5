#include "answer_text.hpp"

#include <algorithm>
#include <charconv>

namespace aisle::detail {

http::task<result<void>> read_text(http::response& answer, std::size_t most, std::string& into) {
    partial_payload nothing{};
    while (!answer.complete() && into.size() < most) {
        auto reading = answer.read(nothing);
        auto read = co_await std::move(reading);
        if (!read) co_return read;
        for (auto const piece : answer.pieces()) into.append(reinterpret_cast<char const*>(piece.data()), piece.size());
    }
    co_return result<void>{};
}

std::optional<std::uint64_t> number_in(http::response const& answer, std::string_view field) {
    auto const text = answer.header(field);
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

result<void> check_content_encoding(std::string_view field) {
    constexpr std::string_view none = "identity";
    constexpr std::size_t max_quoted_bytes = 100;
    bool const is_none =
        std::ranges::equal(field, none, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
    if (field.empty() || is_none) return {};
    return error{errc::content_encoding, stage::response,
                 "Content-Encoding: " + std::string(field.substr(0, max_quoted_bytes)) +
                     ", which was not asked for: a proxy or load balancer on the way to AIStore compresses answers; "
                     "switch that off for this path, or use an endpoint behind it"};
}

}  // namespace aisle::detail
