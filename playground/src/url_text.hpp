#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle::playground {

/// Percent-decodes (RFC 3986, section 2.1); nothing when an escape is broken. plus_is_space: for query values.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Percent-encodes what Go's net/url encodes in a path: everything but unreserved characters and "$&+,/:;=@".
std::string percent_encode_path(std::string_view path);

/// The parameters of a query, decoded, in order. Broken pairs are left out, as lenient servers do.
class query {
public:
    query() = default;
    explicit query(std::string_view raw);

    /// The first value of a key, or nothing.
    std::optional<std::string_view> get(std::string_view key) const;
    std::string_view value_or(std::string_view key, std::string_view otherwise) const;
    std::vector<std::pair<std::string, std::string>> const& pairs() const noexcept { return pairs_; }

    /// The text of a query with these parameters, as Go's url.Values writes it: sorted by key, a blank as '+'.
    static std::string sorted(std::vector<std::pair<std::string, std::string>> pairs);

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

/// Non-empty items between the slashes of a decoded path: "/v1//ml/moss/" is v1, ml, moss.
std::vector<std::string_view> path_items(std::string_view path);

}  // namespace aisle::playground
