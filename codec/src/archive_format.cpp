#include "ascii.hpp"

#include <aisle/codec/archive_format.hpp>

#include <array>

namespace aisle::codec {
namespace {

constexpr std::size_t max_quoted_bytes = 200;

struct format_facts {
    archive_format format;
    std::string_view mime;
    std::string_view content_type;
    compression wrapped;
};

constexpr std::array<format_facts, 5> formats{{
    {archive_format::tar, ".tar", "application/x-tar", compression::none},
    {archive_format::tgz, ".tgz", "application/gzip", compression::gzip},
    {archive_format::zip, ".zip", "application/zip", compression::none},
    {archive_format::tar_lz4, ".tar.lz4", "application/x-lz4", compression::lz4},
    {archive_format::tar_zst, ".tar.zst", "application/zstd", compression::zstd},
}};

constexpr format_facts const& facts_of(archive_format format) noexcept {
    return formats[static_cast<std::size_t>(format)];
}

}  // namespace

result<archive_format> archive_format_of(std::string_view content_type) {
    auto const type = trimmed(content_type.substr(0, content_type.find(';')));
    std::string known;
    for (auto const& f : formats) {
        if (equal_without_case(type, f.content_type)) return f.format;
        known.append(known.empty() ? "" : ", ").append(f.content_type);
    }
    auto text = type.empty() ? "an answer without Content-Type"
                             : "cannot read \"" + std::string(type.substr(0, max_quoted_bytes)) + '"';
    return error(errc::wrong_content_type, stage::archive, text + "; this build reads " + known);
}

std::string_view content_type_of(archive_format format) noexcept {
    return facts_of(format).content_type;
}

std::optional<archive_format> archive_format_named(std::string_view name) noexcept {
    auto const bare = name.starts_with('.') ? name.substr(1) : name;
    if (bare == "tar.gz") return archive_format::tgz;
    for (auto const& f : formats)
        if (f.mime.substr(1) == bare) return f.format;
    return std::nullopt;
}

std::string archive_format_names() {
    return ".tar, .tgz, .tar.gz, .zip, .tar.lz4, .tar.zst";
}

std::string_view request_mime_of(archive_format format) noexcept {
    return facts_of(format).mime;
}

compression compression_of(archive_format format) noexcept {
    return facts_of(format).wrapped;
}

archive_format archive_format_of_magic(std::span<std::byte const> first) noexcept {
    auto const begins = [first](std::initializer_list<unsigned> magic) {
        if (first.size() < magic.size()) return false;
        std::size_t at = 0;
        for (auto const m : magic)
            if (std::to_integer<unsigned>(first[at++]) != m) return false;
        return true;
    };
    if (begins({0x1f, 0x8b})) return archive_format::tgz;                                  // RFC 1952, 2.3.1
    if (begins({'P', 'K', 3, 4}) || begins({'P', 'K', 5, 6})) return archive_format::zip;  // APPNOTE 4.3.7, 4.3.16
    if (begins({0x04, 0x22, 0x4d, 0x18})) return archive_format::tar_lz4;
    if (begins({0x28, 0xb5, 0x2f, 0xfd})) return archive_format::tar_zst;  // RFC 8878, 3.1.1
    return archive_format::tar;
}

}  // namespace aisle::codec
