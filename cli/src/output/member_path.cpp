#include "member_path.hpp"

#include "../flags/bucket_text.hpp"
#include "../text/printable.hpp"

#include <string_view>

namespace aisle::cli {
namespace {

std::string_view short_provider(std::string_view provider) {
    if (provider == "aws") return "s3";
    if (provider == "gcp") return "gs";
    if (provider == "azure") return "az";
    return provider;
}

std::string bucket_component(std::string_view bucket) {
    if (bucket.find("://") == bucket.npos) return std::string(bucket);
    auto const parts = split_bucket(bucket);
    std::string out;
    if (auto const provider = short_provider(parts.provider); provider != "ais") out.append(provider) += ':';
    if (!parts.name_space.empty()) out.append(parts.name_space) += ':';
    return out.append(parts.name);
}

bool safe(std::string_view component) {
    return !component.empty() && component != "." && component != ".." && component.find('\0') == component.npos &&
           component.find('/') == component.npos;
}

void split(std::vector<std::string>& out, std::string_view name) {
    for (;;) {
        auto const slash = name.find('/');
        out.emplace_back(name.substr(0, slash));
        if (slash == name.npos) return;
        name.remove_prefix(slash + 1);
    }
}

}  // namespace

result<std::vector<std::string>> member_path(entry const& e) {
    std::vector<std::string> components{bucket_component(e.bucket)};
    split(components, e.object);
    if (!e.archpath.empty()) split(components, e.archpath);
    for (auto const& c : components)
        if (!safe(c))
            return error{errc::invalid_entry, stage::usage,
                         "'" + printable(join_path(components)) + "' is not a safe path: the component '" +
                             printable(c) + "' could lead out of the output folder"};
    return components;
}

std::string join_path(std::vector<std::string> const& components) {
    std::string path;
    for (auto const& c : components) {
        if (!path.empty()) path += '/';
        path += c;
    }
    return path;
}

}  // namespace aisle::cli
