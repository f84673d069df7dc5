#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::playground {

/// AIStore's namespace: that of a remote cluster, a part of a cluster, or both. Empty is the global one.
struct bucket_namespace {
    std::string uuid = {};  ///< of the remote cluster, or its alias
    std::string name = {};

    bool is_global() const noexcept { return uuid.empty() && name.empty(); }
    /// "@uuid#name", "@uuid", "#name" or "".
    std::string text() const;
    auto operator<=>(bucket_namespace const&) const = default;

    /// Reads "[@uuid][#name]", the form of a query parameter and of unames; "@#" and "" are global. As in AIStore a
    /// text with neither mark is a uuid. Nothing for characters that AIStore refuses.
    static std::optional<bucket_namespace> parse(std::string_view text);
};

/// What AIStore tells buckets apart by. A plain value.
struct bucket_id {
    std::string name = {};
    std::string provider = "ais";  ///< as canonical_provider() gives it
    bucket_namespace space = {};

    /// AIStore's canonical name: "ais://b", "s3://b", "ais://@uuid#space/b".
    std::string uri() const;
    auto operator<=>(bucket_id const&) const = default;

    /// Reads what uri() gives; a text without "://" is of ais. Nothing when a part of it is not what AIStore takes.
    static std::optional<bucket_id> parse(std::string_view uri);
    /// Reads a `uname` ("ais/@#/bucket/"), its provider as it stands there. Nothing when it has another form.
    static std::optional<bucket_id> parse_uname(std::string_view uname);
};

/// Letters, digits, '-', '_' and '.', not beginning with '.', at most 64 (AIStore behaviour).
bool is_bucket_name(std::string_view name) noexcept;

/// AIStore's short names of backends, resolved: "s3" is "aws". Empty text is "ais"; nothing for unknown ones, "ht"
/// among them, which this version of AIStore refuses.
std::optional<std::string_view> canonical_provider(std::string_view provider) noexcept;
/// What stands before "://": "s3" for "aws".
std::string_view scheme_of(std::string_view provider) noexcept;

}  // namespace aisle::playground
