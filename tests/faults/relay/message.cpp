#include "message.hpp"

#include <algorithm>
#include <charconv>

namespace aisle::faults {
namespace {

constexpr std::string_view line_end = "\r\n";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_chunked(message_head const& head) {
    auto const coding = head.field("Transfer-Encoding");
    return coding && same_name(*coding, "chunked");
}

}  // namespace

std::string_view message_head::word(unsigned index) const noexcept {
    auto line = std::string_view(text_).substr(0, text_.find(line_end));
    for (; index > 0; --index) line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
    return line.substr(0, line.find(' '));
}

int message_head::status() const noexcept {
    int number = 0;
    auto const digits = word(1);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::optional<std::string_view> message_head::field(std::string_view name) const noexcept {
    std::string_view rest = text_;
    rest.remove_prefix(std::min(rest.size(), rest.find(line_end) + 2));
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find(line_end));
        rest.remove_prefix(std::min(rest.size(), line.size() + 2));
        auto const colon = line.find(':');
        if (colon == std::string_view::npos || !same_name(line.substr(0, colon), name)) continue;
        auto value = line.substr(colon + 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        while (value.ends_with(' ')) value.remove_suffix(1);
        return value;
    }
    return std::nullopt;
}

void message_head::set_field(std::string_view name, std::optional<std::string_view> value) {
    while (auto const old = field(name)) {
        auto const inside = static_cast<std::size_t>(old->data() - text_.data());
        auto const begin = text_.rfind(line_end, inside) + 2;
        text_.erase(begin, text_.find(line_end, inside) + 2 - begin);
    }
    if (value) text_.insert(text_.size() - 2, std::string(name) + ": " + std::string(*value) + std::string(line_end));
}

std::uint64_t message_head::length() const noexcept {
    std::uint64_t number = 0;
    if (auto const digits = field("Content-Length"))
        std::from_chars(digits->data(), digits->data() + digits->size(), number);
    return number;
}

framing message_head::request_framing() const noexcept {
    if (is_chunked(*this)) return framing::chunked;
    return length() > 0 ? framing::length : framing::none;
}

framing message_head::response_framing(bool to_head_request) const noexcept {
    auto const code = status();
    if (to_head_request || code < 200 || code == 204 || code == 304) return framing::none;
    if (is_chunked(*this)) return framing::chunked;
    return field("Content-Length") ? framing::length : framing::until_close;
}

bool message_head::keeps_alive() const noexcept {
    auto const connection = field("Connection");
    return !connection || !same_name(*connection, "close");
}

body_meter::body_meter(framing how, std::uint64_t length) noexcept
    : state_(state::end), chunked_(how == framing::chunked), left_(length) {
    if (how == framing::chunked) state_ = state::size_line;
    if (how == framing::length && length > 0) state_ = state::data;
    if (how == framing::until_close) state_ = state::rest;
}

void body_meter::end_line() {
    if (line_.ends_with('\r')) line_.pop_back();
    if (state_ == state::trailer) {
        if (line_.empty()) state_ = state::end;
    } else if (state_ == state::data_end) {
        state_ = state::size_line;
    } else {
        left_ = 0;
        auto const [end, ec] = std::from_chars(line_.data(), line_.data() + line_.size(), left_, 16);
        state_ = ec != std::errc{} ? state::rest : left_ == 0 ? state::trailer : state::data;
    }
    line_.clear();
}

std::size_t body_meter::take(std::span<char const> bytes, std::vector<run>& runs) {
    std::size_t at = 0;
    while (at < bytes.size() && state_ != state::end) {
        if (state_ == state::rest) {
            runs.push_back({at, bytes.size() - at});
            at = bytes.size();
        } else if (state_ == state::data) {
            auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
            runs.push_back({at, n});
            at += n;
            left_ -= n;
            if (left_ == 0) state_ = chunked_ ? state::data_end : state::end;
        } else {
            auto const c = bytes[at++];
            if (c == '\n')
                end_line();
            else
                line_.push_back(c);
        }
    }
    return at;
}

}  // namespace aisle::faults
