#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

// The JSON of AIStore's Get-Batch API ("moss" in AIStore): the request body, the metadata part of a multipart response,
// and the body of an error. AIStore decides which values are allowed; nothing here validates names or ranges.

/// Maximum size of a JSON document, in bytes. (70,000 entries take about 5 MB.)
inline constexpr std::size_t max_json_bytes = 64 * 1024 * 1024;

/// One entry of a request, as views of the caller's strings.
struct get_batch_entry {
    std::string_view objname = {};
    /// Name without provider. Empty: the bucket in the URL.
    std::string_view bucket = {};
    /// "ais", "aws", ...; set it with every bucket: AIStore assumes "ais" if it is missing.
    std::string_view provider = {};
    /// "provider/@uuid#namespace/bucket/", replaces bucket and provider unless empty. If any entry of a request has a
    /// uname, AIStore returns members with empty names unless only_object_name is set.
    std::string_view uname = {};
    /// Path inside the archive object. Empty: the whole object.
    std::string_view archpath = {};
    std::span<std::byte const> opaque = {};
    std::int64_t start = 0;
    /// In bytes. 0 with start 0: everything; -1: to the end.
    std::int64_t length = 0;
};

struct get_batch_options {
    std::string_view mime = ".tar";
    bool continue_on_error = false;  ///< a missing entry becomes a placeholder, in most cases, and not an error
    bool only_object_name = false;   ///< member names without their bucket
    bool streaming = false;          ///< false: multipart, with metadata
};

/// Appends a request body to a string, entry by entry. Invalid UTF-8 is replaced by U+FFFD, so that the JSON is valid:
/// check names with is_valid_utf8() first.
class get_batch_request_writer {
public:
    /// out: must outlive the writer and must not be changed by others until finish().
    explicit get_batch_request_writer(std::string& out);

    void add(get_batch_entry const& e);
    /// Adds an entry in the same bucket as the previous one; ignores its bucket, provider and uname. Precondition:
    /// there is a previous entry.
    void add_beside(get_batch_entry const& e);
    /// Ends the body. Writes every option, including those with AIStore's default value.
    void finish(get_batch_options const& options);

private:
    void add_in_pieces(get_batch_entry const& e);

    std::string& out_;
    std::string rest_;  // of an entry in the current bucket: from the quote after its name to the comma after the entry
};

/// Writes a whole body at once.
void write_request(std::string& out, std::span<get_batch_entry const> entries, get_batch_options const& options);

/// One entry of a request, owning its strings, as a server reads it.
struct get_batch_request_entry {
    std::string objname;
    std::string bucket;
    std::string provider;
    std::string uname;
    std::string archpath;
    std::vector<std::byte> opaque;
    std::int64_t start = 0;
    std::int64_t length = 0;
};

struct get_batch_request {
    std::vector<get_batch_request_entry> in;
    std::string mime;  ///< empty when absent
    bool continue_on_error = false;
    bool only_object_name = false;
    bool streaming = false;
};

/// Parses a request body as AIStore does: keys are case-insensitive, unknown keys are ignored, a repeated key
/// replaces the earlier one, `opaque` is padded base64 or an array of bytes. Error: errc::bad_metadata at
/// stage::request.
result<get_batch_request> read_request(std::string json);

/// What the metadata part reports about one entry, in request order. AIStore behaviour: objname may be joined with
/// archpath ("obj/archpath") and provider may be empty, so match entries by index only.
struct get_batch_out {
    std::string objname;
    std::string archpath;
    std::string bucket;
    std::string provider;
    std::string err_msg;            ///< the server's error message; empty if the entry is fine
    std::vector<std::byte> opaque;  ///< as sent with the request
    std::int64_t size = 0;          ///< bytes in the archive
};

struct get_batch_metadata {
    std::string uuid;
    std::vector<get_batch_out> out;
};

/// Parses the metadata part of a multipart response. Errors: errc::bad_metadata at stage::metadata, with the index of
/// the entry if the fault is in one; errc::limit_exceeded over max_json_bytes or max_entries.
/// `json` is taken by value so that it can be padded in place if its capacity allows.
result<get_batch_metadata> read_metadata(std::string json, std::size_t max_entries = SIZE_MAX);

/// Appends the metadata part as AIStore (Go) writes it: key order, "\u003c" for '<', a line feed at the end.
void write_metadata(std::string& out, get_batch_metadata const& metadata);

/// The body of an AIStore error.
struct server_message {
    std::string tcode;  ///< AIStore's stable name for the error; often empty
    std::string message;
    std::string node;  ///< the node that reports it
    int status = 0;    ///< HTTP status, 0 when absent
};

/// Parses the JSON body of an AIStore error. errc::bad_metadata at stage::response when it is not such an object: the
/// body itself is then the message (AIStore sends 405 as plain text).
result<server_message> read_error(std::string_view json);

/// Appends an error body as AIStore writes it, with the fields of server_message.
void write_error(std::string& out, server_message const& message);

}  // namespace aisle::codec
