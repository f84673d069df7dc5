#include "redirect_location.hpp"

#include <aisle/base/hex.hpp>
#include <aisle/base/percent_encoding.hpp>

#include <algorithm>

namespace aisle::playground {
namespace {

// net/url: what Go leaves as it is in a path, besides unreserved characters.
constexpr std::string_view kept_in_paths = "$&+,/:;=@";

// Like Redirect() of net/http: percent-encodes bytes outside ASCII with lower-case digits, and nothing else.
std::string with_ascii_only(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (char const c : text) {
        if (static_cast<unsigned char>(c) < 0x80) {
            out.push_back(c);
        } else {
            out.push_back('%');
            base::append_hex(out, c);
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
    return target.url + base::percent_encode(path, kept_in_paths) + "?" + query::sorted(std::move(all));
}

}  // namespace aisle::playground
