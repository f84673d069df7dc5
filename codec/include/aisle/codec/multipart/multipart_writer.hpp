#pragma once

#include <string>
#include <string_view>

namespace aisle::codec {

// Writes a Get-Batch multipart body byte for byte as AIStore's targets do (Go's mime/multipart):
//   append_multipart_metadata   the JSON part
//   append_multipart_archive    the header of the archive part; the archive's bytes follow
//   append_multipart_end        the final boundary

/// A random boundary: 60 lower-case hexadecimal digits.
std::string random_multipart_boundary();

/// The Content-Type of the response.
std::string multipart_content_type(std::string_view boundary);

/// json: as written by write_metadata(), with its line feed.
void append_multipart_metadata(std::string& out, std::string_view boundary, std::string_view json);
/// job: the id that AIStore puts into the file name, "get-batch[JOB]".
void append_multipart_archive(std::string& out, std::string_view boundary, std::string_view job);
void append_multipart_end(std::string& out, std::string_view boundary);

}  // namespace aisle::codec
