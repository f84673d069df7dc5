#include "url_text.hpp"

#include <algorithm>
#include <cstdint>

namespace aisle::playground {
namespace {

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_plain(char c, std::string_view and_these) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           and_these.find(c) != std::string_view::npos;
}

void append_escape(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    auto const byte = static_cast<std::uint8_t>(c);
    out += {'%', digits[byte >> 4], digits[byte & 15]};
}

std::string percent_encode_value(std::string_view text) {
    std::string out;
    for (char const c : text) {
        if (is_plain(c, "-_.~")) {
            out.push_back(c);
        } else if (c == ' ') {
            out.push_back('+');
        } else {
            append_escape(out, c);
        }
    }
    return out;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            auto const high = hex_value(text[i + 1]);
            auto const low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

std::string percent_encode_path(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    for (char const c : path) {
        if (is_plain(c, "-_.~$&+,/:;=@")) {
            out.push_back(c);
        } else {
            append_escape(out, c);
        }
    }
    return out;
}

query::query(std::string_view raw) {
    while (!raw.empty()) {
        auto const end = std::min(raw.find('&'), raw.size());
        auto const pair = raw.substr(0, end);
        raw.remove_prefix(std::min(end + 1, raw.size()));
        auto const equals = std::min(pair.find('='), pair.size());
        auto key = percent_decode(pair.substr(0, equals), true);
        auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (key && value && !key->empty()) pairs_.emplace_back(std::move(*key), std::move(*value));
    }
}

std::optional<std::string_view> query::get(std::string_view key) const {
    auto const at = std::ranges::find(pairs_, key, [](auto const& pair) -> std::string_view { return pair.first; });
    if (at == pairs_.end()) return std::nullopt;
    return at->second;
}

std::string_view query::value_or(std::string_view key, std::string_view otherwise) const {
    return get(key).value_or(otherwise);
}

std::string query::sorted(std::vector<std::pair<std::string, std::string>> pairs) {
    std::ranges::sort(pairs, {}, [](auto const& pair) -> std::string const& { return pair.first; });
    std::string out;
    for (auto const& [key, value] : pairs)
        out += (out.empty() ? "" : "&") + percent_encode_value(key) + "=" + percent_encode_value(value);
    return out;
}

std::vector<std::string_view> path_items(std::string_view path) {
    std::vector<std::string_view> items;
    while (!path.empty()) {
        auto const end = std::min(path.find('/'), path.size());
        if (end != 0) items.push_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return items;
}

}  // namespace aisle::playground
