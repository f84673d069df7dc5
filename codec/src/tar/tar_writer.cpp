#include <aisle/codec/tar/tar_header.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace aisle::codec {
namespace {

constexpr std::size_t name_bytes = 100;
constexpr std::size_t prefix_bytes = 155;
constexpr std::uint64_t file_mode = 0644;

// Offset and length of the fields of a ustar block (POSIX.1-2017, pax, "ustar Interchange Format").
struct field {
    std::size_t offset;
    std::size_t bytes;
};
constexpr field name_field{0, name_bytes};
constexpr field mode_field{100, 8};
constexpr field uid_field{108, 8};
constexpr field gid_field{116, 8};
constexpr field size_field{124, 12};
constexpr field mtime_field{136, 12};
constexpr field checksum_digits{148, 7};
constexpr std::size_t checksum_end = 155;
constexpr std::size_t type_offset = 156;
constexpr std::size_t magic_offset = 257;
constexpr field devmajor_field{329, 8};
constexpr field devminor_field{337, 8};
constexpr field prefix_field{345, prefix_bytes};

constexpr bool fits_octal(std::uint64_t value, field f) noexcept {
    return value < std::uint64_t{1} << (f.bytes - 1) * 3;
}

bool is_ascii(std::string_view text) noexcept {
    for (char c : text)
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    return true;
}

std::string ascii_only(std::string_view text) {
    std::string out;
    for (char c : text)
        if (static_cast<unsigned char>(c) < 0x80) out += c;
    return out;
}

// One header block under construction; initially all zeros.
class block {
public:
    void text(field f, std::string_view value) {
        auto const n = std::min(value.size(), f.bytes);
        value.copy(bytes_.data() + f.offset, n);
        // As Go does it: a name cut right after a slash would look like a directory.
        if (value.size() <= f.bytes || value[f.bytes - 1] != '/') return;
        auto const last = value.substr(0, f.bytes - 1).find_last_not_of('/');
        bytes_[f.offset + (last == std::string_view::npos ? 0 : last + 1)] = '\0';
    }

    // Writes zero if the value does not fit: a PAX record then holds it.
    void octal(field f, std::uint64_t value) {
        if (!fits_octal(value, f)) value = 0;
        auto i = f.offset + f.bytes - 1;
        bytes_[i] = '\0';
        for (; i-- > f.offset; value >>= 3) bytes_[i] = static_cast<char>('0' + (value & 7));
    }

    // Writes the fields common to all blocks that Go writes, then the checksum, which ends in NUL and space.
    void seal(char type) {
        octal(uid_field, 0);
        octal(gid_field, 0);
        bytes_[type_offset] = type;
        std::string_view(
            "ustar\0"
            "00",
            8)
            .copy(bytes_.data() + magic_offset, 8);
        bytes_[checksum_end] = ' ';
        for (std::size_t i = 0; i < checksum_digits.bytes; ++i) bytes_[checksum_digits.offset + i] = ' ';
        octal(checksum_digits, tar_byte_sum(std::as_bytes(std::span<char const, tar_block_bytes>(bytes_))));
    }

    std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

private:
    std::array<char, tar_block_bytes> bytes_{};
};

struct split_name {
    std::string_view prefix;
    std::string_view name;
};

// Splits at the last '/' with at most 155 bytes before it, if the rest fits too.
std::optional<split_name> split(std::string_view name) {
    auto head = name.substr(0, prefix_bytes + 1);
    if (head.size() == name.size() && head.ends_with('/')) head.remove_suffix(1);
    auto const slash = head.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return std::nullopt;
    split_name const parts{name.substr(0, slash), name.substr(slash + 1)};
    if (parts.name.empty() || parts.name.size() > name_bytes) return std::nullopt;
    return parts;
}

// "LENGTH KEYWORD=VALUE\n", where LENGTH counts its own digits.
void append_record(std::string& out, std::string_view keyword, std::string_view value) {
    auto const rest = keyword.size() + value.size() + 3;
    auto length = rest + std::to_string(rest).size();
    if (std::to_string(length).size() != length - rest) length = rest + std::to_string(length).size();
    out.append(std::to_string(length)).append(1, ' ').append(keyword).append(1, '=').append(value).append(1, '\n');
}

// The shortest lexical form of a path (Go's path.Clean, which it uses for the name of the PAX header).
std::string cleaned(std::string_view path) {
    bool const rooted = path.starts_with('/');
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        auto const part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(part.size() + 1, path.size()));
        if (part.empty() || part == ".") continue;
        bool const can_go_up = !parts.empty() && parts.back() != "..";
        if (part != ".." || (!can_go_up && !rooted))
            parts.push_back(part);
        else if (can_go_up)
            parts.pop_back();
    }
    std::string out;
    for (auto part : parts) {
        if (!out.empty() || rooted) out += '/';
        out += part;
    }
    if (out.empty()) out = rooted ? "/" : ".";
    return out;
}

// The header of the PAX records: named like the member, in a folder PaxHeaders.0, truncated, and stripped to ASCII.
void append_pax_header(std::string& out, std::string_view name, std::string_view records) {
    auto const slash = name.rfind('/');
    auto const folder = slash == std::string_view::npos ? std::string_view() : name.substr(0, slash + 1);
    auto const file = name.substr(folder.size());
    auto stand_in = cleaned(std::string(folder) + "/PaxHeaders.0/" + std::string(file));
    if (folder.empty()) stand_in = cleaned("PaxHeaders.0/" + std::string(file));
    stand_in = ascii_only(stand_in).substr(0, name_bytes);
    stand_in.erase(stand_in.find_last_not_of('/') + 1);

    block header;
    header.text(name_field, stand_in);
    header.octal(mode_field, 0);
    header.octal(size_field, records.size());
    header.octal(mtime_field, 0);
    header.seal('x');
    out.append(header.view()).append(records);
    append_tar_padding(out, records.size());
}

}  // namespace

bool append_tar_header(std::string& out, std::string_view name, std::uint64_t size, std::int64_t mtime) {
    if (name.find('\0') != std::string_view::npos || name.ends_with('/')) return false;
    bool const ascii = is_ascii(name);
    bool const fits = ascii && name.size() <= name_bytes;
    auto const parts = ascii && !fits ? split(name) : std::nullopt;

    // In Go's order, by keyword. A name that could be split is a record too if anything else needs a record.
    std::string records;
    bool const mtime_fits = mtime >= 0 && fits_octal(static_cast<std::uint64_t>(mtime), mtime_field);
    bool const size_fits = fits_octal(size, size_field);
    bool const ustar = (fits || parts) && size_fits && mtime_fits;
    if (!ustar) {
        if (!mtime_fits) append_record(records, "mtime", std::to_string(mtime));
        if (!fits) append_record(records, "path", name);
        if (!size_fits) append_record(records, "size", std::to_string(size));
        append_pax_header(out, name, records);
    }

    block header;
    if (ustar && parts) {
        header.text(prefix_field, parts->prefix);
        header.text(name_field, parts->name);
    } else {
        header.text(name_field, ascii ? std::string(name) : ascii_only(name));
    }
    header.octal(mode_field, file_mode);
    header.octal(size_field, size);
    header.octal(mtime_field, mtime_fits ? static_cast<std::uint64_t>(mtime) : 0);
    header.octal(devmajor_field, 0);
    header.octal(devminor_field, 0);
    header.seal('0');
    out.append(header.view());
    return true;
}

void append_tar_padding(std::string& out, std::uint64_t payload_bytes) {
    out.append(static_cast<std::size_t>(tar_padding(payload_bytes)), '\0');
}

void append_tar_end(std::string& out) {
    out.append(2 * tar_block_bytes, '\0');
}

}  // namespace aisle::codec
