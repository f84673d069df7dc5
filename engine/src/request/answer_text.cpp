#include "answer_text.hpp"

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

}  // namespace aisle::detail
