#pragma once

#include <aisle/codec/event.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <support/grind.hpp>
#include <vector>

namespace aisle::test {

inline std::uint32_t crc32(std::span<std::byte const> bytes, std::uint32_t crc = 0) {
    static constexpr auto table = [] {
        std::array<std::uint32_t, 256> t{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            t[i] = i;
            for (int k = 0; k < 8; ++k) t[i] = t[i] & 1 ? 0xedb88320u ^ t[i] >> 1 : t[i] >> 1;
        }
        return t;
    }();
    crc = ~crc;
    for (auto b : bytes) crc = table[(crc ^ std::to_integer<std::uint32_t>(b)) & 255] ^ crc >> 8;
    return ~crc;
}

inline std::string hex8(std::uint32_t number) {
    char text[9];
    std::snprintf(text, sizeof text, "%08x", number);
    return text;
}

/// A member as it was read.
struct seen_member {
    std::string name;
    std::uint64_t size = 0;
    codec::entry_type type{};
    std::uint64_t offset = 0;
    std::uint64_t payload_bytes = 0;
    std::uint32_t crc = 0;
    bool whole = false;
};

struct seen_archive {
    std::vector<seen_member> members;
    bool ended = false;
    std::size_t unread_bytes = 0;  ///< at `end`
    std::optional<error> failure;

    /// One line a member; llhttp's idea: a log that can be read without the code.
    std::string log() const {
        std::string out;
        for (auto const& m : members) {
            out += "entry \"" + m.name + "\" size=" + std::to_string(m.size) +
                   " type=" + std::to_string(static_cast<int>(m.type)) + " at=" + std::to_string(m.offset) +
                   " read=" + std::to_string(m.payload_bytes) + " crc=" + hex8(m.crc) + (m.whole ? " end\n" : " cut\n");
        }
        if (ended) out += "end\n";
        if (failure)
            out += "error " + failure->code.message() + " at=" + std::to_string(failure->offset.value_or(~0ull)) + "\n";
        return out;
    }
};

/// Feeds the pieces and collects what the reader says, checking its promises on the way: data lies in the piece last
/// fed, remaining and offset add up, entry_end comes without more input, an error stays.
template <codec::reader Reader>
seen_archive read_archive(Reader& reader, pieces const& input, std::size_t enough_members = SIZE_MAX) {
    using codec::event_kind;
    seen_archive out;
    std::size_t next_piece = 0;
    std::uint64_t fed = 0;
    auto const check = [](bool promise, char const* what) {
        if (!promise) FAIL("the reader broke a promise: " << what);
    };
    for (bool finished = false;;) {
        auto const e = reader.next();
        switch (e.kind) {
            case event_kind::need_input:
                check(!finished, "need_input after finish()");
                check(reader.unread().empty() && reader.offset() == fed, "need_input with input left");
                check(out.members.empty() || out.members.back().whole || reader.entry_remaining() != 0,
                      "need_input before an entry_end that was due");
                if (out.members.size() > enough_members) return out;
                if (next_piece == input.size()) {
                    reader.finish();
                    finished = true;
                } else {
                    fed += input[next_piece].bytes().size();
                    reader.feed(input[next_piece++].bytes());
                }
                break;
            case event_kind::entry_begin: {
                check(out.members.empty() || out.members.back().whole, "entry_begin inside an entry");
                auto const& h = reader.entry();
                check(reader.entry_remaining() == h.size, "remaining is not the size");
                out.members.push_back({std::string(h.name), h.size, h.type, h.offset, 0, 0, false});
                break;
            }
            case event_kind::entry_data: {
                auto& m = out.members.back();
                check(!m.whole && lies_within(e.data, input[next_piece - 1].bytes()), "data outside of what was fed");
                m.crc = crc32(e.data, m.crc);
                m.payload_bytes += e.data.size();
                check(m.payload_bytes + reader.entry_remaining() == m.size, "remaining does not add up");
                break;
            }
            case event_kind::entry_end:
                check(!out.members.back().whole, "two entry_ends");
                check(out.members.back().payload_bytes == out.members.back().size, "entry_end too early");
                check(reader.entry().name == out.members.back().name, "the name changed");
                out.members.back().whole = true;
                break;
            case event_kind::end:
                if (!out.ended) out.unread_bytes = reader.unread().size();
                if (out.ended || finished) {
                    out.ended = true;
                    return out;
                }
                out.ended = true;
                break;
            case event_kind::error:
                out.failure = reader.failure();
                check(reader.next().kind == event_kind::error, "an error did not stay");
                check(out.failure->where == stage::archive && out.failure->offset && !out.failure->text.empty(),
                      "an error without place or text");
                return out;
        }
    }
}

}  // namespace aisle::test
