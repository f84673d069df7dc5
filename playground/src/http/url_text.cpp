#include "url_text.hpp"

#include <aisle/base/percent_encoding.hpp>

#include <algorithm>

namespace aisle::playground {
namespace {

// A query has '+' for a space.
std::optional<std::string> decoded(std::string_view text) {
    std::string blanks(text);
    std::ranges::replace(blanks, '+', ' ');
    return base::percent_decode(blanks);
}

std::string encoded(std::string_view text) {
    auto out = base::percent_encode(text, " ");
    std::ranges::replace(out, ' ', '+');
    return out;
}

}  // namespace

query::query(std::string_view raw) {
    while (!raw.empty()) {
        auto const end = std::min(raw.find('&'), raw.size());
        auto const pair = raw.substr(0, end);
        raw.remove_prefix(std::min(end + 1, raw.size()));
        auto const equals = std::min(pair.find('='), pair.size());
        auto key = decoded(pair.substr(0, equals));
        auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
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
    for (auto const& [key, value] : pairs) out += (out.empty() ? "" : "&") + encoded(key) + "=" + encoded(value);
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
