#include "ascii.hpp"

#include <aisle/codec/archive_chain.hpp>

namespace aisle::codec {
namespace {

constexpr std::size_t max_quoted_bytes = 200;

}  // namespace

result<archive_format> archive_format_of(std::string_view content_type) {
    auto const type = trimmed(content_type.substr(0, content_type.find(';')));
    if (equal_without_case(type, "application/x-tar")) return archive_format::tar;
    auto text = type.empty() ? "an answer without Content-Type"
                             : "cannot read \"" + std::string(type.substr(0, max_quoted_bytes)) + '"';
    return error(errc::wrong_content_type, stage::archive, text + "; this build reads application/x-tar");
}

std::string_view content_type_of(archive_format format) noexcept {
    switch (format) {
        case archive_format::tar: return "application/x-tar";
    }
    return {};
}

std::string_view request_mime_of(archive_format format) noexcept {
    switch (format) {
        case archive_format::tar: return ".tar";
    }
    return {};
}

archive_chain::archive_chain(archive_format format, after_end follows) : format_(format), tar_(follows) {}

}  // namespace aisle::codec
