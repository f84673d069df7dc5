#include "redirect_location.hpp"

#include <algorithm>

namespace aisle::playground {
namespace {

// net/http: Redirect() escapes what is not ASCII, in lower case, and leaves everything else.
std::string with_ascii_only(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out.push_back(c);
        } else {
            out += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return out;
}

}  // namespace

std::string redirect_location(node const& proxy, node const& target, request const& r, std::string_view path) {
    auto const marks = query::sorted({{"pid", proxy.id}, {"utm", cluster::timestamp()}});
    if (path.find_first_of("%?# +") == path.npos) {
        auto const asked = r.raw_query.empty() ? std::string() : r.raw_query + "&";
        return with_ascii_only(target.url + std::string(path) + "?" + asked + marks);
    }
    auto all = r.parameters.pairs();
    std::erase_if(all, [](auto const& pair) { return pair.first == "pid" || pair.first == "utm"; });
    all.emplace_back("pid", proxy.id);
    all.emplace_back("utm", cluster::timestamp());
    return target.url + percent_encode_path(path) + "?" + query::sorted(std::move(all));
}

}  // namespace aisle::playground
