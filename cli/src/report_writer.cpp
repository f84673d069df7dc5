#include "report_writer.hpp"

#include "printable.hpp"

#include <aisle/codec/base64.hpp>

namespace aisle::cli {
namespace {

constexpr std::chrono::milliseconds longest_wait{200};

void append_field(std::string& out, std::string_view key, std::string_view value) {
    out += ",\"";
    out += key;
    out += "\":";
    append_json(out, value);
}

}  // namespace

void append_report_line(std::string& out, report_line const& line) {
    out += "{\"index\":" + std::to_string(line.index);
    append_field(out, "bucket", line.entry->bucket);
    append_field(out, "object", line.entry->object);
    if (!line.entry->archpath.empty()) append_field(out, "archpath", line.entry->archpath);
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
    out += "}\n";
}

void report_writer::write(report_line const& line) {
    text_.clear();
    append_report_line(text_, line);
    file_.write(text_);
    if (auto const now = std::chrono::steady_clock::now(); now - flushed_ > longest_wait) {
        file_.flush();
        flushed_ = now;
    }
}

}  // namespace aisle::cli
