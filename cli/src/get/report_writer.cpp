#include "report_writer.hpp"

#include "../usage_error.hpp"

#include <aisle/base/json_text.hpp>
#include <aisle/codec/base64.hpp>

#include <utility>

namespace aisle::cli {
namespace {

constexpr std::chrono::milliseconds flush_interval{200};
constexpr std::string_view end_of_line = "}\n";

void append_field(std::string& out, std::string_view key, std::string_view value) {
    out += ",\"";
    out += key;
    out += "\":";
    base::append_json_string(out, value);
}

}  // namespace

void append_report_line(std::string& out, report_line const& line) {
    out += "{\"index\":" + std::to_string(line.index);
    append_field(out, "bucket", line.entry->bucket);
    append_field(out, "object", line.entry->object);
    if (!line.entry->archpath.empty()) append_field(out, "archpath", line.entry->archpath);
    if (!line.entry->range.whole())
        out += ",\"start\":" + std::to_string(line.entry->range.start) +
               ",\"length\":" + std::to_string(line.entry->range.length);
    if (!line.entry->opaque.empty()) {
        out += ",\"opaque\":\"";
        codec::append_base64(out, std::as_bytes(std::span(line.entry->opaque)));
        out += '"';
    }
    append_field(out, "status", to_string(line.status));
    out += ",\"size\":" + std::to_string(line.size);
    if (!line.sha256.empty()) append_field(out, "sha256", line.sha256);
    if (!line.target.empty()) append_field(out, "target", line.target);
    if (!line.request.empty()) append_field(out, "request", line.request);
    if (!line.code.empty()) append_field(out, "code", line.code);
    if (!line.error.empty()) append_field(out, "error", line.error);
    out += end_of_line;
}

report_writer::~report_writer() {
    try {
        write_newest();
    } catch (run_error const&) {
        // The run has already failed with another error, which is reported.
    }
}

void report_writer::write(report_line const& line) {
    write_newest();
    append_report_line(newest_, line);
    if (auto const now = std::chrono::steady_clock::now(); now - flushed_ > flush_interval) {
        file_.flush();
        flushed_ = now;
    }
}

void report_writer::add_note(std::string_view text) {
    if (newest_.empty()) return;
    newest_.resize(newest_.size() - end_of_line.size());
    append_field(newest_, "note", text);
    newest_ += end_of_line;
}

void report_writer::write_newest() {
    if (newest_.empty()) return;
    auto const line = std::exchange(newest_, {});
    file_.write(line);
}

void report_writer::flush() {
    write_newest();
    file_.flush();
}

void report_writer::finish() {
    write_newest();
    file_.finish();
}

}  // namespace aisle::cli
