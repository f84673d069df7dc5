#pragma once

#include <string>
#include <string_view>

namespace aisle::cli {

/// The parts of a bucket as people write it, "provider://[@uuid][#namespace]/name", none of them checked: views of the
/// text. A text without "://" is a name.
struct bucket_text {
    std::string_view provider = {};
    std::string_view name_space = {};  ///< "@uuid#namespace", either part of it, or empty
    std::string_view name = {};        ///< all the rest
};

bucket_text split_bucket(std::string_view text) noexcept;

/// What is wrong with the text of an option that wants a provider too; empty if nothing is.
std::string why_no_bucket(std::string const& text);

}  // namespace aisle::cli
