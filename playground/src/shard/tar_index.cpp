#include "shard_index.hpp"
#include "shard_stream.hpp"

#include <aisle/codec/tar/tar_header.hpp>
#include <aisle/codec/tar/tar_pax.hpp>

#include <algorithm>
#include <array>

namespace aisle::playground {
namespace {

constexpr char const* invalid_header = "archive/tar: invalid tar header";  // Go: tar.ErrHeader
constexpr char const* cut_short = "unexpected EOF";
constexpr std::uint64_t max_extension_bytes = 1024 * 1024;
constexpr std::size_t max_name_bytes = 64 * 1024;

/// Reads the headers of a tar like Go's archive/tar, with which AIStore reads shards. Unlike codec::tar_reader, it
/// handles what only a server sees: sparse members, members of unusual types, and global records (which Go ignores).
class tar_indexer {
public:
    tar_indexer(stored_object const& shard, shard_kind kind) : tar_(shard, kind) {}

    shard_index read() {
        while (next()) {
        }
        return std::move(found_);
    }

private:
    bool next() {
        auto const got = tar_.read(block_);
        if (got == 0) return stop(tar_.damage());
        at_ += got;
        if (got < block_.size()) return stop(tar_.damage().empty() ? cut_short : tar_.damage());
        codec::tar_header header;
        switch (codec::decode_tar_header(block_, header)) {
            case codec::tar_block_kind::header: break;
            case codec::tar_block_kind::zeros: return first_zeros();
            default: return stop(invalid_header);
        }
        if (one_zero_block_) return stop(invalid_header);
        switch (header.type) {
            case 'x':
            case 'g':
            case 'L':
            case 'K': return extension(header);
            default: return member(header);
        }
    }

    bool first_zeros() { return !std::exchange(one_zero_block_, true); }

    bool stop(std::string why) {
        found_.damage = std::move(why);
        return false;
    }

    bool skip(std::uint64_t bytes) {
        at_ += bytes;
        return tar_.skip(bytes) || stop(tar_.damage().empty() ? cut_short : tar_.damage());
    }

    bool extension(codec::tar_header const& header) {
        if (header.size > max_extension_bytes) return stop("archive/tar: header field too long");
        std::string text(static_cast<std::size_t>(header.size), '\0');
        auto const type = header.type;
        auto const got = tar_.read(std::as_writable_bytes(std::span(text)));
        at_ += got;
        if (got < text.size()) return stop(tar_.damage().empty() ? cut_short : tar_.damage());
        if (!skip(codec::tar_padding(text.size()))) return false;
        if (type == 'L') {
            long_name_ = text.substr(0, text.find('\0'));
        } else if (type == 'x') {
            if (codec::parse_pax(text, max_name_bytes, pax_) != codec::pax_status::ok || !sparse_.read(text))
                return stop(invalid_header);
        }
        return true;
    }

    bool member(codec::tar_header const& header) {
        auto const type = header.type;
        auto const header_only = type >= '1' && type <= '6';
        std::string name(header.prefix);
        if (!name.empty()) name += '/';
        name += header.name;
        if (pax_.path && !pax_.path->empty()) name = *pax_.path;
        if (!long_name_.empty()) name = long_name_;
        auto const stored = header_only ? 0 : pax_.size.value_or(header.size);
        shard_index::place place{.size = stored};
        auto const sparse = type == 'S' || (!header_only && sparse_.describe_sparse());
        if (sparse && !sparse_.name.empty()) name = sparse_.name;
        auto left = stored;
        if (sparse && !read_sparse_map(type, stored, place, left)) return false;
        place.offset = at_;
        place.packed_size = left;
        pax_ = {};
        sparse_ = {};
        long_name_.clear();
        // The name of a folder ends with '/', which no archpath does.
        if (!name.ends_with('/')) found_.add(name, std::move(place));
        return skip(left + codec::tar_padding(stored));
    }

    // left: number of bytes of the member after those that were read.
    bool read_sparse_map(char type, std::uint64_t stored, shard_index::place& place, std::uint64_t& left) {
        std::optional<sparse_map> map;
        if (type == 'S') {
            map = read_old_map();
        } else if (sparse_.in_data()) {
            map = read_map_in_data(stored, left);
        } else {
            map = map_of(sparse_);
        }
        if (!found_.damage.empty()) return false;
        if (map && type != 'S') map->file_size = sparse_.file_size.value_or(stored);
        if (!map || !map->holds()) return stop(invalid_header);
        place.size = map->file_size;
        place.sparse = std::make_shared<sparse_map const>(std::move(*map));
        return true;
    }

    // The star format has the same type but another layout: Go supports only GNU's.
    std::optional<sparse_map> read_old_map() {
        constexpr std::string_view gnu_magic("ustar  \0", 8);
        sparse_map map;
        if (text_of(block_).substr(257, 8) != gnu_magic) return std::nullopt;
        auto more = false;
        if (!add_old_entries(block_, true, map, more)) return std::nullopt;
        while (more) {
            if (!read_block() || !add_old_entries(block_, false, map, more)) return std::nullopt;
        }
        return map;
    }

    std::optional<sparse_map> read_map_in_data(std::uint64_t stored, std::uint64_t& left) {
        std::string text;
        while (text.size() < max_extension_bytes && text.size() + block_.size() <= stored) {
            if (!read_block()) return std::nullopt;
            text += text_of(block_);
            left -= block_.size();
            if (auto map = parse_map_in_data(text)) return *map;
        }
        return std::nullopt;
    }

    bool read_block() {
        auto const got = tar_.read(block_);
        at_ += got;
        return got == block_.size() || stop(tar_.damage().empty() ? cut_short : tar_.damage());
    }

    static std::string_view text_of(std::span<std::byte const> bytes) {
        return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    }

    shard_stream tar_;
    shard_index found_;
    std::array<std::byte, codec::tar_block_bytes> block_{};
    std::uint64_t at_ = 0;
    bool one_zero_block_ = false;
    codec::pax_fields pax_;
    sparse_records sparse_;
    std::string long_name_;
};

}  // namespace

shard_index read_tar_index(stored_object const& shard, shard_kind kind) {
    return tar_indexer(shard, kind).read();
}

}  // namespace aisle::playground
