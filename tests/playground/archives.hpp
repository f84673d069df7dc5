#pragma once

#include "raw_client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aisle::test {

/// A format of Get-Batch answers: how it is asked for, and by whose tools it is read here.
struct wire_format {
    std::string_view mime;
    std::string_view content_type;
    std::string_view
        unpack;             ///< shell command from a file to a tar on standard output; empty: Python's zipfile reads it
    std::string_view test;  ///< shell command that finds a file sound
};

/// All that the playground writes.
std::vector<wire_format> const& wire_formats();
wire_format const& wire_format_of(std::string_view mime);

/// The members of an archive, read by other people's tools; at the end, for what they find wrong, one whose name begins
/// with "error: ".
std::vector<raw_member> members_of(wire_format const& format, std::string_view archive);
/// True when the format's own tool finds the archive sound.
bool is_sound(wire_format const& format, std::string_view archive);

/// The two parts of a multipart answer.
struct answer_parts {
    std::string metadata;
    std::string archive;
};
answer_parts parts_of(raw_answer const& answer);
/// The archive of an answer in either mode.
std::string archive_of(raw_answer const& answer);

}  // namespace aisle::test
