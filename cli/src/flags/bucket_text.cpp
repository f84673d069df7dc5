#include "bucket_text.hpp"

#include "../text/printable.hpp"

namespace aisle::cli {

bucket_text split_bucket(std::string_view text) noexcept {
    auto const scheme = text.find("://");
    if (scheme == text.npos) return {.name = text};
    bucket_text parts{.provider = text.substr(0, scheme), .name = text.substr(scheme + 3)};
    if (!parts.name.starts_with('@') && !parts.name.starts_with('#')) return parts;
    auto const slash = parts.name.find('/');
    if (slash == text.npos) return parts;
    parts.name_space = parts.name.substr(0, slash);
    parts.name.remove_prefix(slash + 1);
    return parts;
}

std::string why_no_bucket(std::string const& text) {
    auto const parts = split_bucket(text);
    bool const named = !parts.provider.empty() && !parts.name.empty();
    return named ? "" : "'" + printable(text) + "' is not a bucket: write ais://NAME";
}

}  // namespace aisle::cli
