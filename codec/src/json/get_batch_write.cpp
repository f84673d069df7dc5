#include <aisle/base/json_text.hpp>
#include <aisle/codec/base64.hpp>
#include <aisle/codec/json/get_batch.hpp>

#include <algorithm>

namespace aisle::codec {
namespace {

using base::append_json_number;
using base::append_json_string;
using base::is_plain_json;
using base::json_escapes;

void append_bool(std::string& out, std::string_view key, bool value) {
    out.append(key).append(value ? "true" : "false");
}

// key: includes its quotes, the colon, and the preceding comma.
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

// The text of an entry before its name, and after everything else.
constexpr std::string_view before_name = R"({"objname":")";
constexpr std::string_view entry_end = "},";

}  // namespace

get_batch_request_writer::get_batch_request_writer(std::string& out) : out_(out) {
    out_ += R"({"in":[)";
}

void get_batch_request_writer::add(get_batch_entry const& e) {
    rest_ = '"';
    if (!e.bucket.empty()) append_text(rest_, R"(,"bucket":)", e.bucket, json_escapes::needed);
    if (!e.provider.empty()) append_text(rest_, R"(,"provider":)", e.provider, json_escapes::needed);
    if (!e.uname.empty()) append_text(rest_, R"(,"uname":)", e.uname, json_escapes::needed);
    rest_ += entry_end;
    add_beside(e);
}

void get_batch_request_writer::add_beside(get_batch_entry const& e) {
    bool const has_details = !e.archpath.empty() || !e.opaque.empty() || e.start != 0 || e.length != 0;
    if (has_details || !is_plain_json(e.objname)) return add_in_pieces(e);
    auto const at = out_.size();
    out_.resize(at + before_name.size() + e.objname.size() + rest_.size());
    auto* to = out_.data() + at;
    to = std::copy(before_name.begin(), before_name.end(), to);
    to = std::copy(e.objname.begin(), e.objname.end(), to);
    std::copy(rest_.begin(), rest_.end(), to);
}

void get_batch_request_writer::add_in_pieces(get_batch_entry const& e) {
    out_ += before_name.substr(0, before_name.size() - 1);
    append_json_string(out_, e.objname, json_escapes::needed);
    out_.append(rest_, 1, rest_.size() - 1 - entry_end.size());
    if (!e.archpath.empty()) append_text(out_, R"(,"archpath":)", e.archpath, json_escapes::needed);
    append_opaque(out_, e.opaque);
    if (e.start != 0 || e.length != 0) {
        out_ += R"(,"start":)";
        append_json_number(out_, e.start);
        out_ += R"(,"length":)";
        append_json_number(out_, e.length);
    }
    out_ += entry_end;
}

void get_batch_request_writer::finish(get_batch_options const& options) {
    if (out_.back() == ',') out_.pop_back();
    append_text(out_, R"(],"mime":)", options.mime, json_escapes::needed);
    append_bool(out_, R"(,"coer":)", options.continue_on_error);
    append_bool(out_, R"(,"onob":)", options.only_object_name);
    append_bool(out_, R"(,"strm":)", options.streaming);
    out_ += '}';
}

void write_request(std::string& out, std::span<get_batch_entry const> entries, get_batch_options const& options) {
    get_batch_request_writer writer(out);
    for (auto const& e : entries) writer.add(e);
    writer.finish(options);
}

void write_metadata(std::string& out, get_batch_metadata const& metadata) {
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
