#include "check_report.hpp"

#include "../text/printable.hpp"

#include <aisle/base/json_text.hpp>

#include <algorithm>

namespace aisle::cli {
namespace {

constexpr std::size_t status_columns = 9;
constexpr std::size_t check_columns = 25;  // "batch .tar.lz4 multipart"

std::string padded(std::string_view text, std::size_t columns) {
    std::string out(text);
    out.resize(std::max(out.size() + 1, columns), ' ');
    return out;
}

}  // namespace

std::string_view to_string(check_status status) noexcept {
    switch (status) {
        case check_status::ok: return "ok";
        case check_status::warning: return "warning";
        case check_status::failed: return "failed";
        case check_status::skipped: return "skipped";
    }
    return "";
}

std::string to_line(check_result const& r) {
    auto out = padded(to_string(r.status), status_columns) + padded(r.check, check_columns) + printable(r.text);
    if (!r.remedy.empty()) out += " - " + printable(r.remedy);
    return out + '\n';
}

bool check_report::has_failed() const noexcept {
    return std::ranges::any_of(results_, [](auto const& r) { return r.status == check_status::failed; });
}

void check_report::add(check_result result) {
    if (on_result_) on_result_(result);
    results_.push_back(std::move(result));
}

std::string check_report::json() const {
    std::string out = std::string("{\"ok\":") + (has_failed() ? "false" : "true") + ",\"checks\":[";
    for (auto const& r : results_) {
        if (&r != &results_.front()) out += ',';
        out += "{\"check\":" + base::json_string(r.check) + ",\"status\":" + base::json_string(to_string(r.status)) +
               ",\"text\":" + base::json_string(r.text) + ",\"remedy\":" + base::json_string(r.remedy) + "}";
    }
    return out + "]}\n";
}

}  // namespace aisle::cli
