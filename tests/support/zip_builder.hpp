#pragma once

#include <catch2/catch.hpp>
#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <support/archive_log.hpp>
#include <vector>

namespace aisle::test {

inline std::string little_endian(std::uint64_t number, std::size_t bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 255);
    return out;
}

inline std::uint32_t crc_of(std::string_view text) {
    return crc32(std::as_bytes(std::span(text)));
}

/// Raw deflate (RFC 1951).
inline std::string deflated(std::string_view text, int level = 6) {
    z_stream z{};
    REQUIRE(deflateInit2(&z, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&z, text.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

/// Which records have a member's CRC and sizes.
enum class zip_sizes { in_header, in_descriptor, in_both };

/// A member for tests, valid by default; fields can be set to wrong values.
struct zip_member {
    std::string name = "a";
    std::string data = {};
    bool deflate = false;
    zip_sizes sizes = zip_sizes::in_header;
    bool wide = false;           ///< sizes of 8 bytes: zip64 fields in both headers, 24 bytes of descriptor
    bool with_signature = true;  ///< of the descriptor
    std::uint16_t flags = 0;     ///< besides bit 3
    std::optional<std::uint16_t> method = {};
    std::optional<std::uint64_t> size = {};             ///< other than the true one, wherever it is declared
    std::optional<std::uint64_t> compressed_size = {};  ///< likewise
    std::optional<std::uint32_t> crc = {};              ///< likewise
    std::optional<std::string> raw = {};                ///< instead of the payload, compressed
    std::string extra = {};                             ///< further extra fields
    std::string comment = {};
};

/// The end of an archive, valid by default.
struct zip_end {
    bool zip64 = false;
    std::string comment = {};
};

/// An archive for tests, record by record. Independent of codec's writer.
class zip_builder {
public:
    zip_builder& add(zip_member const& m) {
        add_local(m);
        add_central(m, offsets_.back());
        return *this;
    }

    zip_builder& add_local(zip_member const& m) {
        offsets_.push_back(bytes_.size());
        auto const ahead = m.sizes != zip_sizes::in_descriptor;
        auto const stream = stream_of(m);
        facts f = facts_of(m, stream);
        bytes_ += "PK\3\4" + little_endian(20, 2) + head(m, ahead ? f : facts{}, m.wide);
        auto const extra = (m.wide ? zip64_field({ahead ? f.size : 0, ahead ? f.compressed : 0}) : "") + m.extra;
        bytes_ += little_endian(m.name.size(), 2) + little_endian(extra.size(), 2) + m.name + extra + stream;
        if (m.sizes == zip_sizes::in_header) return *this;
        if (m.with_signature) bytes_ += "PK\7\b";
        std::size_t const width = m.wide ? 8 : 4;
        bytes_ += little_endian(f.crc, 4) + little_endian(f.compressed, width) + little_endian(f.size, width);
        return *this;
    }

    zip_builder& add_central(zip_member const& m, std::uint64_t offset) {
        auto const stream = stream_of(m);
        facts f = facts_of(m, stream);
        directory_ += "PK\1\2" + little_endian(20, 2) + little_endian(20, 2) + head(m, f, m.wide);
        auto const extra = (m.wide ? zip64_field({f.size, f.compressed, offset}) : "") + m.extra;
        directory_ += little_endian(m.name.size(), 2) + little_endian(extra.size(), 2) +
                      little_endian(m.comment.size(), 2) + little_endian(0, 2 + 2 + 4) +
                      little_endian(m.wide ? 0xffff'ffff : offset, 4) + m.name + extra + m.comment;
        ++listed_;
        return *this;
    }

    /// Bytes of no record.
    zip_builder& add_bytes(std::string_view bytes) {
        bytes_ += bytes;
        return *this;
    }

    std::size_t local_bytes() const { return bytes_.size(); }
    std::uint64_t offset(std::size_t member) const { return offsets_.at(member); }
    std::string const& local() const { return bytes_; }
    std::string const& directory() const { return directory_; }

    std::string end(zip_end const& e = {}) const {
        std::string out;
        if (e.zip64) {
            out += "PK\6\6" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) + little_endian(0, 8) +
                   little_endian(listed_, 8) + little_endian(listed_, 8) + little_endian(directory_.size(), 8) +
                   little_endian(bytes_.size(), 8);
            out += "PK\6\7" + little_endian(0, 4) + little_endian(bytes_.size() + directory_.size(), 8) +
                   little_endian(1, 4);
        }
        out += "PK\5\6" + little_endian(0, 4);
        if (e.zip64)
            out += little_endian(~0ull, 12 - 4) + little_endian(~0ull, 4);
        else
            out += little_endian(listed_, 2) + little_endian(listed_, 2) + little_endian(directory_.size(), 4) +
                   little_endian(bytes_.size(), 4);
        return out + little_endian(e.comment.size(), 2) + e.comment;
    }

    std::string archive(zip_end const& e = {}) const { return bytes_ + directory_ + end(e); }

private:
    struct facts {
        std::uint32_t crc = 0;
        std::uint64_t compressed = 0;
        std::uint64_t size = 0;
    };

    static facts facts_of(zip_member const& m, std::string const& stream) {
        return {m.crc ? *m.crc : crc_of(m.data), m.compressed_size.value_or(stream.size()),
                m.size.value_or(m.data.size())};
    }

    static std::string stream_of(zip_member const& m) {
        if (m.raw) return *m.raw;
        return m.deflate ? deflated(m.data) : m.data;
    }

    // From the flags to the sizes.
    static std::string head(zip_member const& m, facts const& f, bool wide) {
        auto const flags = m.flags | (m.sizes == zip_sizes::in_header ? 0u : 8u);
        return little_endian(flags, 2) + little_endian(m.method.value_or(m.deflate ? 8 : 0), 2) + little_endian(0, 4) +
               little_endian(f.crc, 4) + little_endian(wide ? 0xffff'ffff : f.compressed, 4) +
               little_endian(wide ? 0xffff'ffff : f.size, 4);
    }

    static std::string zip64_field(std::vector<std::uint64_t> const& numbers) {
        auto out = little_endian(1, 2) + little_endian(8 * numbers.size(), 2);
        for (auto n : numbers) out += little_endian(n, 8);
        return out;
    }

    std::string bytes_;
    std::string directory_;
    std::vector<std::uint64_t> offsets_;
    std::size_t listed_ = 0;
};

}  // namespace aisle::test
