#pragma once

#include <aisle/batch.hpp>
#include <aisle/result.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace aisle::cli {

/// One entry from the command line: "ais://bucket/object", "ais://@uuid#namespace/bucket/object", or, with a default
/// bucket ("ais://bucket"), an object's name. errc::invalid_argument says what is missing. What AIStore takes for a
/// name is for aisle::check() to say.
result<entry> parse_entry_argument(std::string_view text, std::string_view default_bucket);

/// Reads entries from JSON, one object a line:
/// {"bucket": "ais://train", "object": "a.tar", "archpath": "x.jpg", "start": 0, "length": 100, "opaque": "aWQtNw==",
///  "size": 100, "checksum": "sha256:9f86..."}
///
/// object is required, bucket where there is no default bucket. Unknown and repeated keys are errors: a misspelt
/// "lenght" must not fetch the whole object. opaque is standard padded base64 (RFC 4648, section 4).
class entry_line_parser {
public:
    explicit entry_line_parser(std::string default_bucket);
    ~entry_line_parser();

    /// errc::invalid_argument with text for the terminal; the caller adds the line's number.
    result<entry> parse(std::string_view line);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace aisle::cli
