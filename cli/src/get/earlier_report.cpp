#include "earlier_report.hpp"

#include "../output/file_io.hpp"
#include "../text/printable.hpp"
#include "../usage_error.hpp"

#include <simdjson.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace aisle::cli {
namespace {

// No part has a NUL: aisle::check() refuses such names.
std::string key_of(std::string_view bucket, std::string_view object, std::string_view archpath, std::int64_t start,
                   std::int64_t length) {
    std::string key;
    for (auto const part : {bucket, object, archpath}) key.append(part).push_back('\0');
    return key + std::to_string(start) + ' ' + std::to_string(length);
}

std::string_view text_or_empty(simdjson::dom::element line, std::string_view key) {
    std::string_view text;
    return line[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::int64_t number_or_zero(simdjson::dom::element line, std::string_view key) {
    std::int64_t number = 0;
    return line[key].get(number) == simdjson::SUCCESS ? number : 0;
}

}  // namespace

void earlier_report::load(std::string const& path) {
    std::error_code code;
    if (!std::filesystem::exists(path, code)) return;
    auto const name = "'" + printable(path) + "'";
    std::ifstream in(path, std::ios::binary);
    if (!in) throw run_error(system_message("cannot read the report " + name, errno));
    simdjson::dom::parser parser;
    std::uintmax_t complete_bytes = 0;
    std::uint64_t number = 0;
    for (std::string text; std::getline(in, text);) {
        if (in.eof()) break;  // without a line feed: the run was killed while it wrote this line
        ++number;
        complete_bytes += text.size() + 1;
        simdjson::dom::element line;
        if (parser.parse(text).get(line) != simdjson::SUCCESS || text_or_empty(line, "status").empty())
            throw usage_error("line " + std::to_string(number) + " of " + name +
                              " is not a line of a report: give --resume the report of an earlier aisle get");
        if (text_or_empty(line, "status") != "delivered") continue;
        sizes_[key_of(text_or_empty(line, "bucket"), text_or_empty(line, "object"), text_or_empty(line, "archpath"),
                      number_or_zero(line, "start"), number_or_zero(line, "length"))] =
            static_cast<std::uint64_t>(number_or_zero(line, "size"));
    }
    if (in.bad()) throw run_error(system_message("cannot read the report " + name, errno));
    in.close();
    if (complete_bytes == std::filesystem::file_size(path, code) || code) return;
    std::filesystem::resize_file(path, complete_bytes, code);
    if (code) throw run_error("cannot cut the incomplete last line off " + name + ": " + code.message());
}

std::optional<std::uint64_t> earlier_report::delivered_size(entry const& e) const {
    auto const at = sizes_.find(key_of(e.bucket, e.object, e.archpath, e.range.start, e.range.length));
    if (at == sizes_.end()) return std::nullopt;
    return at->second;
}

}  // namespace aisle::cli
