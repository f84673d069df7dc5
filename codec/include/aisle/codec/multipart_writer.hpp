#pragma once

#include <string>
#include <string_view>

namespace aisle::codec {

// Writes a Get-Batch multipart body as AIStore's targets do, byte for byte (Go's mime/multipart):
//   append_multipart_metadata   the JSON part
//   append_multipart_archive    the head of the archive part; the archive's bytes follow
//   append_multipart_end        the last boundary

/// A fresh boundary: 60 lower-case hexadecimal digits, at random.
std::string random_multipart_boundary();

/// The Content-Type of the answer.
std::string multipart_content_type(std::string_view boundary);

/// json: as write_metadata() gives it, with its line feed.
void append_multipart_metadata(std::string& out, std::string_view boundary, std::string_view json);
/// job: the id that AIStore puts into the file name, "get-batch[JOB]".
void append_multipart_archive(std::string& out, std::string_view boundary, std::string_view job);
void append_multipart_end(std::string& out, std::string_view boundary);

}  // namespace aisle::codec
