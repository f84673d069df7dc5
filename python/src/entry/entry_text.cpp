#include "entry_text.hpp"

#include <algorithm>
#include <array>

namespace aisle::python {
namespace {

constexpr std::string_view scheme_end = "://";
constexpr std::array<std::string_view, 10> providers{"ais", "aws", "s3", "gcp", "gs", "azure", "az", "oci", "oc", "ht"};
constexpr std::array<std::string_view, 5> shard_ends{".tar/", ".tgz/", ".tar.gz/", ".zip/", ".tar.lz4/"};

[[noreturn]] void refuse_text(std::string why) {
    throw exception({errc::invalid_entry, stage::usage, std::move(why)});
}

/// The end of a shard's name, where that of its member begins: a slash, or npos.
std::size_t member_slash(std::string_view name) noexcept {
    auto first = std::string_view::npos;
    for (auto const end : shard_ends)
        if (auto const at = name.find(end); at != name.npos && at > 0) first = std::min(first, at + end.size() - 1);
    return first;
}

/// True for "ais://..." and others: text that begins with a provider's name and "://".
bool is_uri(std::string_view text) noexcept {
    auto const at = text.find(scheme_end);
    return at != text.npos && std::ranges::find(providers, text.substr(0, at)) != providers.end();
}

}  // namespace

std::string name_of(entry const& e) {
    return e.archpath.empty() ? e.object : e.object + '/' + e.archpath;
}

bucket_parts parts_of(std::string_view bucket) noexcept {
    bucket_parts out{"ais", {}, bucket};
    if (auto const at = bucket.find(scheme_end); at != bucket.npos) {
        out.provider = bucket.substr(0, at);
        out.name = bucket.substr(at + scheme_end.size());
    }
    if (out.name.starts_with('@') || out.name.starts_with('#')) {
        auto const slash = std::min(out.name.find('/'), out.name.size());
        out.name_space = out.name.substr(0, slash);
        out.name.remove_prefix(std::min(slash + 1, out.name.size()));
    }
    return out;
}

entry entry_from_text(std::string_view text, std::string const& default_bucket) {
    entry out;
    if (!is_uri(text)) {
        if (default_bucket.empty())
            refuse_text('"' + std::string(text) +
                        "\" has no bucket: write ais://bucket/object, or give bucket= for all names");
        out.bucket = default_bucket;
        out.object = text;
        return out;
    }
    auto const name = parts_of(text).name;  // "bucket/object"
    auto const slash = name.find('/');
    if (slash == name.npos || slash == 0 || slash + 1 == name.size())
        refuse_text('"' + std::string(text) + "\" has no object: write ais://bucket/object");
    auto const object = name.substr(slash + 1);
    out.bucket = text.substr(0, text.size() - object.size() - 1);
    auto const member = member_slash(object);
    out.object = object.substr(0, member);
    if (member != object.npos) out.archpath = object.substr(member + 1);
    return out;
}

std::string bucket_uri_of(std::string_view bucket, std::string_view provider, std::string_view name_space) {
    if (bucket.empty()) {
        if (!provider.empty() || !name_space.empty())
            refuse_text("a provider or a namespace is given without a bucket");
        return {};
    }
    if (bucket.find(scheme_end) != bucket.npos) {
        auto const parts = parts_of(bucket);
        if ((!provider.empty() && provider != parts.provider) || (!name_space.empty() && parts.name_space.empty()))
            refuse_text("bucket \"" + std::string(bucket) +
                        "\" is a whole URI: omit provider and namespace, or give the bucket's bare name");
        return std::string(bucket);
    }
    std::string out(provider.empty() ? "ais" : provider);
    out += scheme_end;
    if (!name_space.empty()) {
        if (!name_space.starts_with('@') && !name_space.starts_with('#')) out += '#';
        (out += name_space) += '/';
    }
    return out += bucket;
}

}  // namespace aisle::python
