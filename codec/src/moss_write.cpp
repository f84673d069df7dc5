#include "json_text.hpp"

#include <aisle/codec/base64.hpp>
#include <aisle/codec/moss.hpp>

namespace aisle::codec {
namespace {

void append_bool(std::string& out, std::string_view key, bool value) {
    out.append(key).append(value ? "true" : "false");
}

// `key` with its quotes, colon, and the comma before it.
void append_text(std::string& out, std::string_view key, std::string_view text, json_escapes escapes) {
    out += key;
    append_json_string(out, text, escapes);
}

void append_opaque(std::string& out, std::span<std::byte const> opaque) {
    if (opaque.empty()) return;
    out += R"(,"opaque":")";
    append_base64(out, opaque);
    out += '"';
}

}  // namespace

void write_request(std::string& out, std::span<moss_entry const> entries, moss_options const& options) {
    constexpr auto escapes = json_escapes::needed;
    out += R"({"in":[)";
    bool first = true;
    for (auto const& e : entries) {
        append_text(out, first ? R"({"objname":)" : R"(,{"objname":)", e.objname, escapes);
        first = false;
        if (!e.bucket.empty()) append_text(out, R"(,"bucket":)", e.bucket, escapes);
        if (!e.provider.empty()) append_text(out, R"(,"provider":)", e.provider, escapes);
        if (!e.uname.empty()) append_text(out, R"(,"uname":)", e.uname, escapes);
        if (!e.archpath.empty()) append_text(out, R"(,"archpath":)", e.archpath, escapes);
        append_opaque(out, e.opaque);
        if (e.start != 0 || e.length != 0) {
            out += R"(,"start":)";
            append_json_number(out, e.start);
            out += R"(,"length":)";
            append_json_number(out, e.length);
        }
        out += '}';
    }
    append_text(out, R"(],"mime":)", options.mime, escapes);
    append_bool(out, R"(,"coer":)", options.continue_on_error);
    append_bool(out, R"(,"onob":)", options.only_object_name);
    append_bool(out, R"(,"strm":)", options.streaming);
    out += '}';
}

void write_metadata(std::string& out, moss_metadata const& metadata) {
    constexpr auto escapes = json_escapes::as_go;
    append_text(out, R"({"uuid":)", metadata.uuid, escapes);
    out += R"(,"out":[)";
    bool first = true;
    for (auto const& o : metadata.out) {
        append_text(out, first ? R"({"objname":)" : R"(,{"objname":)", o.objname, escapes);
        first = false;
        if (!o.archpath.empty()) append_text(out, R"(,"archpath":)", o.archpath, escapes);
        append_text(out, R"(,"bucket":)", o.bucket, escapes);
        append_text(out, R"(,"provider":)", o.provider, escapes);
        if (!o.err_msg.empty()) append_text(out, R"(,"err_msg":)", o.err_msg, escapes);
        append_opaque(out, o.opaque);
        out += R"(,"size":)";
        append_json_number(out, o.size);
        out += '}';
    }
    out += "]}\n";
}

void write_error(std::string& out, server_message const& message) {
    constexpr auto escapes = json_escapes::as_go;
    out += '{';
    if (!message.tcode.empty()) {
        append_text(out, R"("tcode":)", message.tcode, escapes);
        out += ',';
    }
    append_text(out, R"("message":)", message.message, escapes);
    append_text(out, R"(,"node":)", message.node, escapes);
    out += R"(,"status":)";
    append_json_number(out, message.status);
    out += "}\n";
}

}  // namespace aisle::codec
