#include "listed_text.hpp"

#include "../text/printable.hpp"

#include <aisle/base/json_text.hpp>

#include <algorithm>

namespace aisle::cli {
namespace {

constexpr std::size_t size_columns = 14;
constexpr std::size_t state_columns = 10;     // "unreadable"
constexpr std::size_t checksum_columns = 24;  // "xxhash2:0123456789abcdef"

std::string_view state_of(object_info const& o) {
    if (!o.archpath.empty()) return "member";
    if (o.is_unreadable) return "unreadable";
    if (o.is_archive) return "archive";
    return o.cached ? "cached" : "backend";
}

std::string padded(std::string text, std::size_t columns) {
    text.resize(std::max(text.size(), columns), ' ');
    return text;
}

void append_field(std::string& out, std::string_view key, std::string_view text) {
    if (text.empty()) return;
    out += ",\"";
    out += key;
    out += "\":";
    base::append_json_string(out, text);
}

}  // namespace

std::string name_line(object_info const& o) {
    return printable(o.archpath.empty() ? o.name : o.name + '/' + o.archpath) + '\n';
}

std::string long_line(object_info const& o) {
    auto const size = std::to_string(o.size);
    auto const sum = o.checksum.text();
    return std::string(size_columns - std::min(size_columns, size.size()), ' ') + size + "  " +
           padded(std::string(state_of(o)), state_columns) + "  " +
           padded(sum.empty() ? "-" : printable(sum), checksum_columns) + "  " + name_line(o);
}

std::string json_line(object_info const& o, std::string_view bucket, bool details) {
    std::string out = "{\"bucket\":";
    base::append_json_string(out, bucket);
    append_field(out, "object", o.name);
    append_field(out, "archpath", o.archpath);
    out += ",\"size\":" + std::to_string(o.size);
    if (details) {
        append_field(out, "checksum", o.checksum.text());
        append_field(out, "version", o.version);
        append_field(out, "location", o.location);
        append_field(out, "state", state_of(o));
    }
    return out + "}\n";
}

}  // namespace aisle::cli
