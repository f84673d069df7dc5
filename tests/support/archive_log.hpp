#pragma once

#include <aisle/codec/event.hpp>
#include <aisle/segments.hpp>

#include <algorithm>
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

/// What of one entry is collected as the engine collects it, when the reader has memory of its own for it.
class collected_payload {
public:
    /// Takes data of an event, and says whether it lies where the reader says.
    bool take(codec::event const& e) {
        bytes_.append(reinterpret_cast<char const*>(e.data.data()), e.data.size());
        if (!e.in) return runs_.empty();
        slab_ = *e.in;
        runs_.append({const_cast<std::byte*>(e.data.data()), e.data.size()});
        return lies_in_slab();
    }
    void take_back(std::size_t n) {
        bytes_.resize(bytes_.size() - n);
        if (!runs_.empty()) runs_.drop_back(n);
    }
    void forget_slab() { slab_ = {}; }

    segments* runs() { return &runs_; }
    std::string const& bytes() const { return bytes_; }
    /// Is what was collected still what was handed out?
    bool is_sound() {
        if (runs_.empty()) return true;
        auto const flat = runs_.flat();
        return lies_in_slab() && std::equal(flat.begin(), flat.end(), std::as_bytes(std::span(bytes_)).begin(),
                                            std::as_bytes(std::span(bytes_)).end());
    }

private:
    bool lies_in_slab() const {
        std::span<std::byte const> const whole(slab_->data(), slab_->capacity());
        return std::ranges::all_of(runs_.runs(), [&](auto run) { return lies_within(run, whole); });
    }

    std::string bytes_;
    segments runs_;
    slab_ref slab_;
};

/// A reader of archives that may tell sizes behind payloads.
template <class R>
concept late_size_reader = requires(R r) { r.expect_size(std::uint64_t{}); };

/// Does entry_remaining() tell what is left of the entry's size? Where sizes may come late, it is not 0 before an
/// entry_end that needs more input.
template <codec::reader Reader>
bool remaining_is_right(Reader const& reader, std::uint64_t payload_bytes) {
    auto const& h = reader.entry();
    auto const remaining = reader.entry_remaining();
    if constexpr (late_size_reader<Reader>) {
        if (!h.size_known) return h.size == 0 && remaining != 0;
        if (payload_bytes == h.size && remaining == 1) return true;
    }
    return h.size_known && payload_bytes + remaining == h.size;
}

/// Sizes that a reader is told at entry_begin, of entries whose size it does not know; by index.
using expected_sizes = std::vector<std::uint64_t>;

/// Feeds the pieces and collects what the reader says, checking its promises on the way: data lies in the piece last
/// fed, or all of an entry's in one slab of the reader's own, where it stays as it was; remaining and offset add up,
/// entry_end comes without more input, bytes taken back were handed out, an error stays.
template <codec::reader Reader>
seen_archive read_archive(Reader& reader, pieces const& input, std::size_t enough_members = SIZE_MAX,
                          expected_sizes const& sizes = {}) {
    using codec::event_kind;
    seen_archive out;
    std::vector<collected_payload> payloads;
    std::size_t next_piece = 0;
    std::uint64_t fed = 0;
    auto const check = [](bool promise, char const* what) {
        if (!promise) FAIL("the reader broke a promise: " << what);
    };
    auto const finish_member = [&] {
        if (out.members.empty()) return;
        auto& m = out.members.back();
        m.payload_bytes = payloads.back().bytes().size();
        m.crc = crc32(std::as_bytes(std::span(payloads.back().bytes())));
    };
    auto const all_sound = [&] {
        finish_member();
        return std::ranges::all_of(payloads, [](auto& p) { return p.is_sound(); });
    };
    for (bool finished = false;;) {
        if constexpr (late_size_reader<Reader>)
            reader.hold(out.members.empty() || out.members.back().whole ? nullptr : payloads.back().runs());
        auto const e = reader.next();
        check(e.kind == event_kind::entry_data || e.kind == event_kind::entry_end || !e.in, "a slab with other events");
        check(e.kind == event_kind::entry_end || e.take_back == 0, "bytes taken back before entry_end");
        switch (e.kind) {
            case event_kind::need_input:
                check(!finished, "need_input after finish()");
                check(reader.unread().empty() && reader.offset() == fed, "need_input with input left");
                check(out.members.empty() || out.members.back().whole || reader.entry_remaining() != 0,
                      "need_input before an entry_end that was due");
                if (out.members.size() > enough_members) {
                    check(all_sound(), "a payload changed");
                    return out;
                }
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
                check(remaining_is_right(reader, 0), "remaining is not the size");
                if constexpr (late_size_reader<Reader>)
                    if (!h.size_known && out.members.size() < sizes.size())
                        reader.expect_size(sizes[out.members.size()]);
                out.members.push_back({std::string(h.name), h.size, h.type, h.offset, 0, 0, false});
                payloads.emplace_back();
                break;
            }
            case event_kind::entry_data: {
                check(!out.members.back().whole, "data after entry_end");
                check(e.in || lies_within(e.data, input[next_piece - 1].bytes()), "data outside of what was fed");
                check(payloads.back().take(e), "data outside of its slab, or first in the input and then in a slab");
                check(remaining_is_right(reader, payloads.back().bytes().size()), "remaining does not add up");
                break;
            }
            case event_kind::entry_end: {
                auto& m = out.members.back();
                auto const& h = reader.entry();
                check(!m.whole, "two entry_ends");
                check(e.take_back <= payloads.back().bytes().size(), "more taken back than was handed out");
                check(e.take_back == 0 || m.size == 0, "bytes taken back of an entry of known size");
                payloads.back().take_back(e.take_back);
                check(payloads.back().is_sound() && (e.in != nullptr) == !payloads.back().runs()->empty(),
                      "a payload changed, or its slab");
                finish_member();
                m.size = h.size;
                check(h.size_known && m.payload_bytes == m.size, "entry_end too early");
                check(h.name == m.name && h.offset == m.offset, "the name changed");
                check(reader.entry_remaining() == 0, "something remains");
                m.whole = true;
                break;
            }
            case event_kind::end:
                if (!out.ended) out.unread_bytes = reader.unread().size();
                if (out.ended || finished) {
                    out.ended = true;
                    check(all_sound(), "a payload changed");
                    return out;
                }
                out.ended = true;
                break;
            case event_kind::error:
                out.failure = reader.failure();
                check(reader.next().kind == event_kind::error, "an error did not stay");
                check(out.failure->where == stage::archive && out.failure->offset && !out.failure->text.empty(),
                      "an error without place or text");
                check(all_sound(), "a payload changed");
                return out;
        }
    }
}

}  // namespace aisle::test
