#include "output_format.hpp"

namespace aisle::playground {

std::optional<output_format> output_of(std::string_view mime, bool zstd) noexcept {
    auto const has = [mime](std::string_view part) { return mime.find(part) != mime.npos; };
    if (mime.empty()) return output_format::tar;
    if (zstd && has("tar.zst")) return output_format::tar_zst;
    if (has("tar.gz")) return output_format::tgz;
    if (has("tar.lz4")) return output_format::tar_lz4;
    if (has("tar")) return output_format::tar;
    if (has("tgz")) return output_format::tgz;
    if (has("zip")) return output_format::zip;
    return std::nullopt;
}

std::string_view content_type_of(output_format format) noexcept {
    switch (format) {
        case output_format::tar: return "application/x-tar";
        case output_format::tgz: return "application/gzip";
        case output_format::tar_lz4: return "application/x-lz4";
        case output_format::zip: return "application/zip";
        case output_format::tar_zst: return "application/zstd";
    }
    return {};
}

}  // namespace aisle::playground
