#include "bucket_uri.hpp"

#include "batch_facts.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace aisle::detail {
namespace {

struct provider_name {
    std::string_view given;
    std::string_view wire;
};

// AIStore accepts these in lower case only, and otherwise responds 400 to the whole batch.
constexpr std::array<provider_name, 10> providers{{{"ais", "ais"},
                                                   {"aws", "aws"},
                                                   {"s3", "aws"},
                                                   {"gcp", "gcp"},
                                                   {"gs", "gcp"},
                                                   {"azure", "azure"},
                                                   {"az", "azure"},
                                                   {"oci", "oci"},
                                                   {"oc", "oci"},
                                                   {"ht", "ht"}}};

constexpr char const* namespace_form = "write provider://@uuid#namespace/bucket; @uuid or #namespace may be left out";

error refused(std::string text) {
    return {errc::invalid_entry, stage::usage, std::move(text)};
}

bool is_bucket_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

// [@uuid][#namespace], each of a bucket name's characters.
bool is_namespace(std::string_view text) {
    if (text.starts_with('@')) text.remove_prefix(1);
    auto const uuid = text.substr(0, text.find('#'));
    text.remove_prefix(uuid.size());
    if (!text.empty()) text.remove_prefix(1);
    return std::ranges::all_of(uuid, is_bucket_char) && std::ranges::all_of(text, is_bucket_char);
}

bool in_namespace(std::string_view bucket) noexcept {
    auto const scheme = bucket.find("://");
    auto const at = scheme == bucket.npos ? 0 : scheme + 3;
    return at < bucket.size() && (bucket[at] == '@' || bucket[at] == '#');
}

// One entry if the batch has one bucket, otherwise all.
std::span<entry const> of_each_bucket(batch const& what) {
    std::span<entry const> const all = what.entries();
    return batch_facts::one_bucket(what) && !all.empty() ? all.first(1) : all;
}

}  // namespace

result<bucket_uri> read_bucket(std::string_view text) {
    bucket_uri out{"ais", text};
    if (auto const at = text.find("://"); at != text.npos) {
        auto const given = text.substr(0, at);
        out.name = text.substr(at + 3);
        out.provider = {};
        for (auto const& p : providers)
            if (p.given == given) out.provider = p.wire;
        if (out.provider.empty())
            return refused("unknown provider in bucket \"" + std::string(text) +
                           "\": use ais, s3, gs, az, oci or ht, in lower case");
    }
    if (out.name.starts_with('@') || out.name.starts_with('#')) {
        auto const slash = out.name.find('/');
        if (slash == out.name.npos)
            return refused("bucket \"" + std::string(text) + "\" has a namespace but no bucket: " + namespace_form);
        out.name_space = out.name.substr(0, slash);
        out.name.remove_prefix(slash + 1);
        if (!is_namespace(out.name_space))
            return refused("bucket \"" + std::string(text) + "\" has a malformed namespace: " + namespace_form);
        if (out.name_space == "@#") out.name_space = {};  // AIStore's notation of the global one
    }
    if (out.name.empty()) return refused("no bucket: give one such as ais://name in the entry or in the batch");
    for (char const c : out.name)
        if (!is_bucket_char(c))
            return refused("bucket \"" + std::string(text) + "\": a name has only letters, digits, '.', '_' and '-'");
    if (out.name.front() == '.') return refused("a bucket name must not start with a dot");
    return out;
}

std::string_view path_bucket_of(batch const& what, std::string_view before) {
    auto const entries = of_each_bucket(what);
    auto const spaced = std::ranges::find_if(entries, in_namespace, &entry::bucket);
    auto const same = std::ranges::find(entries, before, &entry::bucket);
    if (spaced != entries.end() && !(same != entries.end() && in_namespace(before))) return spaced->bucket;
    if (same != entries.end() || entries.empty()) return before;
    return entries.front().bucket;
}

bool needs_unames(batch const& what, std::string_view path_bucket) {
    return std::ranges::any_of(of_each_bucket(what),
                               [&](entry const& e) { return e.bucket != path_bucket && in_namespace(e.bucket); });
}

}  // namespace aisle::detail
