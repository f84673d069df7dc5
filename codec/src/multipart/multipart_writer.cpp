#include <aisle/base/hex.hpp>
#include <aisle/codec/multipart/multipart_writer.hpp>

#include <random>

namespace aisle::codec {
namespace {

constexpr std::size_t boundary_chars = 60;  // like Go's mime/multipart: 30 random bytes in hexadecimal

}  // namespace

std::string random_multipart_boundary() {
    std::random_device source;
    std::string boundary;
    for (auto bits = source(); boundary.size() < boundary_chars; bits >>= 4) {
        if (boundary.size() % 8 == 0) bits = source();
        boundary += base::hex_digits[bits & 15];
    }
    return boundary;
}

std::string multipart_content_type(std::string_view boundary) {
    return "multipart/mixed; boundary=" + std::string(boundary);
}

void append_multipart_metadata(std::string& out, std::string_view boundary, std::string_view json) {
    out.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n");
    out.append(json);
}

void append_multipart_archive(std::string& out, std::string_view boundary, std::string_view job) {
    out.append("\r\n--").append(boundary);
    out.append("\r\nContent-Disposition: form-data; name=\"archive\"; filename=\"get-batch[").append(job);
    out.append("]\"\r\nContent-Type: application/octet-stream\r\n\r\n");
}

void append_multipart_end(std::string& out, std::string_view boundary) {
    out.append("\r\n--").append(boundary).append("--\r\n");
}

}  // namespace aisle::codec
