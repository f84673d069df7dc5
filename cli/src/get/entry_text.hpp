#pragma once

#include <aisle/batch.hpp>
#include <aisle/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace aisle::cli {

/// Reads an entry from the command line: "ais://bucket/object", "ais://@uuid#namespace/bucket/object", or just an
/// object name when there is a default bucket ("ais://bucket"). Error: errc::invalid_argument, with a text for the
/// terminal. Whether AIStore accepts the name is checked later, by aisle::check().
result<entry> parse_entry_argument(std::string_view text, std::string_view default_bucket);

/// What to do about an entry that does not exist, if it is named as if it were a member of an archive
/// ("shard.tar/a.jpg"): that is the name of an object. Otherwise empty.
std::string member_remedy(entry const& missing);

/// Reads entries from lines of JSON:
/// {"bucket": "ais://train", "object": "a.tar", "archpath": "x.jpg", "start": 0, "length": 100, "opaque": "aWQtNw==",
///  "size": 100, "checksum": "sha256:9f86..."}
///
/// object is required; bucket is required unless there is a default bucket. Unknown and repeated keys are errors: a
/// misspelt "lenght" must not fetch the whole object. opaque is standard base64 with padding (RFC 4648, section 4).
class entry_line_parser {
public:
    explicit entry_line_parser(std::string default_bucket);
    ~entry_line_parser();

    /// Error: errc::invalid_argument, with a text for the terminal. The caller adds the line number.
    result<entry> parse(std::string_view line);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace aisle::cli
