#pragma once

#include "raw_client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aisle::test {

/// A format of Get-Batch responses: how it is requested, and which tools read it here.
struct wire_format {
    std::string_view mime;
    std::string_view content_type;
    std::string_view
        unpack;             ///< shell command from a file to a tar on standard output; empty: Python's zipfile reads it
    std::string_view test;  ///< shell command that finds a file sound
};

/// All formats that the playground writes.
std::vector<wire_format> const& wire_formats();
wire_format const& wire_format_of(std::string_view mime);

/// The members of an archive, read by independent tools. If they report an error, the last member's name is "error: "
/// and the text.
std::vector<raw_member> members_of(wire_format const& format, std::string_view archive);
/// True if the format's own tool accepts the archive.
bool is_sound(wire_format const& format, std::string_view archive);

/// The two parts of a multipart response.
struct answer_parts {
    std::string metadata;
    std::string archive;
};
answer_parts parts_of(raw_answer const& answer);
/// The archive of a response in either mode.
std::string archive_of(raw_answer const& answer);

}  // namespace aisle::test
