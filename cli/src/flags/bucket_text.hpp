#pragma once

#include <string>
#include <string_view>

namespace aisle::cli {

/// The parts of a bucket as users write it, "provider://[@uuid][#namespace]/name". Views of the text; nothing is
/// checked. A text without "://" is a name.
struct bucket_text {
    std::string_view provider = {};
    std::string_view name_space = {};  ///< "@uuid#namespace", one of the two, or empty
    std::string_view name = {};        ///< the rest
};

bucket_text split_bucket(std::string_view text) noexcept;

/// Why the value of an option is not a bucket with a provider; empty if it is one.
std::string why_no_bucket(std::string const& text);

}  // namespace aisle::cli
