#include "bucket_id.hpp"

#include <algorithm>
#include <array>

namespace aisle::playground {
namespace {

struct backend {
    std::string_view provider;
    std::string_view scheme;
};
constexpr std::array<backend, 5> backends{
    {{"ais", "ais"}, {"aws", "s3"}, {"gcp", "gs"}, {"azure", "az"}, {"oci", "oc"}}};

constexpr bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

}  // namespace

std::string bucket_namespace::text() const {
    std::string out;
    if (!uuid.empty()) out += "@" + uuid;
    if (!name.empty()) out += "#" + name;
    return out;
}

std::optional<bucket_namespace> bucket_namespace::parse(std::string_view text) {
    if (text.starts_with('@')) text.remove_prefix(1);
    auto const mark = std::min(text.find('#'), text.size());
    bucket_namespace out{std::string(text.substr(0, mark)), std::string(text.substr(std::min(mark + 1, text.size())))};
    if (!std::ranges::all_of(out.uuid, is_plain) || !std::ranges::all_of(out.name, is_plain)) return std::nullopt;
    return out;
}

std::string bucket_id::uri() const {
    std::string out(scheme_of(provider));
    out += "://";
    if (!space.is_global()) out += space.text() + "/";
    return out + name;
}

std::optional<bucket_id> bucket_id::parse(std::string_view uri) {
    bucket_id out;
    if (auto const mark = uri.find("://"); mark != uri.npos) {
        auto const provider = canonical_provider(uri.substr(0, mark));
        if (!provider) return std::nullopt;
        out.provider = *provider;
        uri.remove_prefix(mark + 3);
    }
    if (uri.starts_with('@') || uri.starts_with('#')) {
        auto const slash = uri.find('/');
        auto space = bucket_namespace::parse(uri.substr(0, slash));
        if (slash == uri.npos || !space) return std::nullopt;
        out.space = std::move(*space);
        uri.remove_prefix(slash + 1);
    }
    if (!is_bucket_name(uri)) return std::nullopt;
    out.name = uri;
    return out;
}

std::optional<bucket_id> bucket_id::parse_uname(std::string_view uname) {
    // provider '/' '@' [uuid] '#' [namespace] '/' bucket '/'
    auto const first = uname.find('/');
    auto const second = first == uname.npos ? first : uname.find('/', first + 1);
    if (second == uname.npos || uname.substr(first + 1, 1) != "@" || !uname.ends_with('/')) return std::nullopt;
    auto const name = uname.substr(second + 1);
    auto space = bucket_namespace::parse(uname.substr(first + 1, second - first - 1));
    if (name.size() < 2 || name.find('/') != name.size() - 1 || !space) return std::nullopt;
    return bucket_id{std::string(name.substr(0, name.size() - 1)), std::string(uname.substr(0, first)),
                     std::move(*space)};
}

bool is_bucket_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 64 && name.front() != '.' && std::ranges::all_of(name, is_plain);
}

std::optional<std::string_view> canonical_provider(std::string_view provider) noexcept {
    if (provider.empty()) return "ais";
    for (auto const& b : backends)
        if (provider == b.provider || provider == b.scheme) return b.provider;
    return std::nullopt;
}

std::string_view scheme_of(std::string_view provider) noexcept {
    auto const at = std::ranges::find(backends, provider, &backend::provider);
    return at == backends.end() ? provider : at->scheme;
}

}  // namespace aisle::playground
