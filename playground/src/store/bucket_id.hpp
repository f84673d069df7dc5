#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::playground {

/// A namespace of AIStore: a remote cluster, a part of a cluster, or both. Empty: the global namespace.
struct bucket_namespace {
    std::string uuid = {};  ///< uuid or alias of the remote cluster
    std::string name = {};

    bool is_global() const noexcept { return uuid.empty() && name.empty(); }
    /// "@uuid#name", "@uuid", "#name" or "".
    std::string text() const;
    auto operator<=>(bucket_namespace const&) const = default;

    /// Reads "[@uuid][#name]", the form in query parameters and unames; "@#" and "" are global. As in AIStore, a text
    /// without either mark is a uuid. Nothing if it has characters that AIStore refuses.
    static std::optional<bucket_namespace> parse(std::string_view text);
};

/// The identity of a bucket. A plain value.
struct bucket_id {
    std::string name = {};
    std::string provider = "ais";  ///< as canonical_provider() returns it
    bucket_namespace space = {};

    /// AIStore's canonical name: "ais://b", "s3://b", "ais://@uuid#space/b".
    std::string uri() const;
    auto operator<=>(bucket_id const&) const = default;

    /// The reverse of uri(). A text without "://" is an ais bucket. Nothing if AIStore refuses a part of it.
    static std::optional<bucket_id> parse(std::string_view uri);
    /// Reads a `uname`, "ais/@#/bucket/"; its provider is not checked. Nothing if it has another form.
    static std::optional<bucket_id> parse_uname(std::string_view uname);
};

/// True for 1 to 64 letters, digits, '-', '_' and '.', not starting with '.' (AIStore behaviour).
bool is_bucket_name(std::string_view name) noexcept;

/// The full name of a provider: "aws" for "s3", "ais" for empty text. Nothing for unknown ones; AIStore refuses "ht"
/// too.
std::optional<std::string_view> canonical_provider(std::string_view provider) noexcept;
/// The scheme of a URI: "s3" for "aws".
std::string_view scheme_of(std::string_view provider) noexcept;

}  // namespace aisle::playground
