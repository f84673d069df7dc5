#include "compression/frame_decompressor.hpp"
#include "little_endian.hpp"

#include <aisle/base/ascii.hpp>
#include <aisle/codec/archive_format.hpp>

#include <algorithm>
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
    auto const type = base::trimmed(content_type.substr(0, content_type.find(';')));
    std::string known;
    for (auto const& f : formats) {
        if (base::equal_without_case(type, f.content_type)) return f.format;
        known.append(known.empty() ? "" : ", ").append(f.content_type);
    }
    auto text = type.empty() ? "response without Content-Type"
                             : "unsupported Content-Type \"" + std::string(type.substr(0, max_quoted_bytes)) + '"';
    return error(errc::wrong_content_type, stage::archive, text + "; supported types: " + known);
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

bool is_archive_name(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 5> extensions{".tar", ".tgz", ".tar.gz", ".zip", ".tar.lz4"};
    return std::ranges::any_of(extensions, [name](std::string_view e) { return name.ends_with(e); });
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
    if (auto const wrapped = compression_of_magic(first))
        for (auto const& f : formats)
            if (f.wrapped == *wrapped) return f.format;
    constexpr std::array local_header{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};      // APPNOTE 4.3.7
    constexpr std::array end_of_directory{std::byte{'P'}, std::byte{'K'}, std::byte{5}, std::byte{6}};  // 4.3.16
    if (std::ranges::equal(first, local_header) || std::ranges::equal(first, end_of_directory))
        return archive_format::zip;
    return archive_format::tar;
}

std::size_t format_probe::feed(std::span<std::byte const> input) noexcept {
    std::size_t taken = 0;
    while (taken < input.size() && !format_) {
        if (skip_ != 0) {
            auto const n = static_cast<std::uint32_t>(std::min<std::size_t>(skip_, input.size() - taken));
            skip_ -= n;
            taken += n;
            continue;
        }
        header_[gathered_++] = input[taken++];
        if (gathered_ < archive_magic_bytes) continue;
        if (!is_skippable(begin())) {
            format_ = archive_format_of_magic(begin());
        } else if (gathered_ == skippable_header_bytes) {
            skip_ = little_endian_32(begin().subspan(archive_magic_bytes));
            gathered_ = 0;
        }
    }
    return taken;
}

}  // namespace aisle::codec
