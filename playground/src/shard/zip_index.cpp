#include "shard_index.hpp"

#include <aisle/codec/zip/zip_records.hpp>

#include <algorithm>
#include <optional>

namespace aisle::playground {
namespace {

using namespace codec;

constexpr char const* not_a_zip = "zip: not a valid zip file";  // Go: zip.ErrFormat
constexpr std::uint64_t max_comment_bytes = 0xffff;
constexpr std::uint64_t max_directory_bytes = std::uint64_t{256} << 20;

std::string bytes_at(stored_object const& shard, std::uint64_t offset, std::uint64_t size) {
    std::string out(static_cast<std::size_t>(size), '\0');
    out.resize(shard.read(offset, std::as_writable_bytes(std::span(out))));
    return out;
}

template <std::size_t N>
std::optional<std::span<std::byte const, N>> fixed_part(std::string_view text, std::size_t at = 0) {
    if (at > text.size() || text.size() - at < N) return std::nullopt;
    return std::as_bytes(std::span(text)).subspan(at).template first<N>();
}

template <std::size_t N>
bool is(zip_signature what, std::span<std::byte const, N> record) {
    return signature_of(record.template first<zip_signature_bytes>()) == what;
}

struct directory {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    /// The start of the archive, from which offsets count: other bytes may precede it in the file.
    std::uint64_t base = 0;
};

// Searches backwards for the end record, because a comment of unknown length follows it.
std::optional<directory> find_directory(stored_object const& shard) {
    auto const tail_bytes = std::min<std::uint64_t>(shard.size(), zip_end_bytes + max_comment_bytes);
    auto const tail_at = shard.size() - tail_bytes;
    auto const tail = bytes_at(shard, tail_at, tail_bytes);
    auto at = tail.rfind("PK\x05\x06");
    for (; at != std::string::npos; at = at == 0 ? std::string::npos : tail.rfind("PK\x05\x06", at - 1)) {
        auto const record = fixed_part<zip_end_bytes>(tail, at);
        if (record && at + zip_end_bytes + decode_zip_end(*record).comment_bytes <= tail.size()) break;
    }
    if (at == std::string::npos) return std::nullopt;
    auto end = decode_zip_end(*fixed_part<zip_end_bytes>(tail, at));
    auto end_at = tail_at + at;
    if (end.entries == 0xffff || end.directory_bytes == 0xffffffff || end.directory_offset == 0xffffffff) {
        if (end_at < zip64_locator_bytes) return std::nullopt;
        auto const locator = bytes_at(shard, end_at - zip64_locator_bytes, zip64_locator_bytes);
        auto const whole = fixed_part<zip64_locator_bytes>(locator);
        if (whole && is(zip_signature::zip64_locator, *whole)) {
            end_at = decode_zip64_locator(*whole).offset;
            auto const wide = bytes_at(shard, end_at, zip64_end_bytes);
            auto const record = fixed_part<zip64_end_bytes>(wide);
            if (!record || !is(zip_signature::zip64_end, *record)) return std::nullopt;
            end = decode_zip64_end(*record);
        }
    }
    if (end.directory_bytes > end_at || end.directory_offset > end_at - end.directory_bytes) return std::nullopt;
    return directory{end_at - end.directory_bytes, end.directory_bytes,
                     end_at - end.directory_bytes - end.directory_offset};
}

}  // namespace

shard_index read_zip_index(stored_object const& shard) {
    shard_index found;
    auto const where = find_directory(shard);
    if (!where || where->size > max_directory_bytes) {
        found.damage = not_a_zip;
        return found;
    }
    auto const text = bytes_at(shard, where->offset, where->size);
    for (std::size_t at = 0; at < text.size();) {
        auto const fixed = fixed_part<zip_central_header_bytes>(text, at);
        auto const whole = fixed ? whole_size(*fixed) : 0;
        zip_central_header header;
        if (!fixed || !is(zip_signature::central_header, *fixed) || whole > text.size() - at ||
            decode(std::as_bytes(std::span(text)).subspan(at, whole), header)) {
            // Go reads the whole directory before any member.
            found.members.clear();
            found.damage = not_a_zip;
            return found;
        }
        if (!header.name.ends_with('/')) {
            found.add(header.name, {.offset = where->base + header.offset,
                                    .size = header.declared.size,
                                    .packed_size = header.declared.compressed_size,
                                    .crc = header.declared.crc,
                                    .method = header.method});
        }
        at += whole;
    }
    return found;
}

}  // namespace aisle::playground
