#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle::playground {

/// The parameters of a query, decoded, in order. Invalid pairs are ignored, as in lenient servers.
class query {
public:
    query() = default;
    explicit query(std::string_view raw);

    /// The first value of a key; nothing if there is none.
    std::optional<std::string_view> get(std::string_view key) const;
    std::string_view value_or(std::string_view key, std::string_view otherwise) const;
    std::vector<std::pair<std::string, std::string>> const& pairs() const noexcept { return pairs_; }

    /// The text of a query with these parameters in the format of Go's url.Values: sorted by key, '+' for a space.
    static std::string sorted(std::vector<std::pair<std::string, std::string>> pairs);

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

/// Non-empty items between the slashes of a decoded path: "/v1//ml/moss/" is v1, ml, moss.
std::vector<std::string_view> path_items(std::string_view path);

}  // namespace aisle::playground
