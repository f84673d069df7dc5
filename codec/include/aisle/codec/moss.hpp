#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

// The JSON of AIStore's Get-Batch API ("moss" in AIStore): the request's body, the metadata part of a multipart answer,
// and the body of an error. What may be said, AIStore decides; nothing here validates names or ranges.

/// Longest JSON document read, in bytes. (70,000 entries make about 5 MB.)
inline constexpr std::size_t max_json_bytes = 64 * 1024 * 1024;

/// One entry of a request, as views of the caller's bytes.
struct moss_entry {
    std::string_view objname = {};
    /// Name without provider; empty: the bucket of the URL.
    std::string_view bucket = {};
    /// "ais", "aws", ...; send it with every bucket: AIStore takes "ais" where it is absent.
    std::string_view provider = {};
    /// "provider/@uuid#namespace/bucket/", instead of both; empty: they are used. AIStore gives the members of a
    /// request with one of these an empty name unless only_object_name is set.
    std::string_view uname = {};
    /// Empty: the object itself.
    std::string_view archpath = {};
    std::span<std::byte const> opaque = {};
    std::int64_t start = 0;
    /// Bytes; 0 with start 0: all of it; -1: to the end.
    std::int64_t length = 0;
};

struct moss_options {
    std::string_view mime = ".tar";
    bool continue_on_error = false;  ///< a missing entry becomes a placeholder instead of an error (mostly)
    bool only_object_name = false;   ///< member names without their bucket
    bool streaming = false;          ///< false: multipart, with metadata
};

/// Appends a request's body to a string, entry by entry. Text that is not UTF-8 is sent with U+FFFD in the wrong
/// places, so that the JSON is valid: check names with is_valid_utf8() before.
class moss_request_writer {
public:
    /// out: outlives the writer, and belongs to it until finish().
    explicit moss_request_writer(std::string& out);

    void add(moss_entry const& e);
    /// One in the bucket of the entry before: its own bucket, provider and uname are not looked at. Precondition: there
    /// is an entry before.
    void add_beside(moss_entry const& e);
    /// The end of the body. Every option is written, also when it is AIStore's default.
    void finish(moss_options const& options);

private:
    void add_in_pieces(moss_entry const& e);

    std::string& out_;
    std::string rest_;  // of an entry of this bucket: from the quote behind its name to the comma behind all of it
};

/// The whole body at once.
void write_request(std::string& out, std::span<moss_entry const> entries, moss_options const& options);

/// One entry of a request, owning; what a server reads.
struct moss_request_entry {
    std::string objname;
    std::string bucket;
    std::string provider;
    std::string uname;
    std::string archpath;
    std::vector<std::byte> opaque;
    std::int64_t start = 0;
    std::int64_t length = 0;
};

struct moss_request {
    std::vector<moss_request_entry> in;
    std::string mime;  ///< empty when absent
    bool continue_on_error = false;
    bool only_object_name = false;
    bool streaming = false;
};

/// Reads a request's body as AIStore does: keys without regard to case, unknown keys passed over, a repeated key
/// replaces, `opaque` as padded base64 or as an array of bytes. errc::bad_metadata at stage::request otherwise.
result<moss_request> read_request(std::string json);

/// What the metadata part says about one entry, in request order. AIStore behaviour: objname may be fused with
/// archpath ("obj/archpath") and provider be empty, so match by index only.
struct moss_out {
    std::string objname;
    std::string archpath;
    std::string bucket;
    std::string provider;
    std::string err_msg;            ///< the server's words; empty when all is well
    std::vector<std::byte> opaque;  ///< as sent with the request
    std::int64_t size = 0;          ///< bytes in the archive
};

struct moss_metadata {
    std::string uuid;
    std::vector<moss_out> out;
};

/// Reads the metadata part of a multipart answer. errc::bad_metadata at stage::metadata, with the index of the entry
/// where that is the place; errc::limit_exceeded for documents over max_json_bytes or over max_entries.
/// Taken by value to be padded without a copy where its capacity allows.
result<moss_metadata> read_metadata(std::string json, std::size_t max_entries = SIZE_MAX);

/// Appends the metadata part as AIStore (Go) writes it: order of keys, "\u003c" for '<', a line feed at the end.
void write_metadata(std::string& out, moss_metadata const& metadata);

/// The body of an AIStore error.
struct server_message {
    std::string tcode;  ///< AIStore's stable name of the error; often empty
    std::string message;
    std::string node;  ///< which node says so
    int status = 0;    ///< HTTP status, 0 when absent
};

/// Reads the JSON body of an AIStore error. errc::bad_metadata at stage::response when it is not such an object: then
/// the body itself is the message (405 is answered in plain text).
result<server_message> read_error(std::string_view json);

/// Appends the body of an error as AIStore writes it, as far as server_message goes.
void write_error(std::string& out, server_message const& message);

}  // namespace aisle::codec
