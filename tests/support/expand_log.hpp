#pragma once

#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/compression/decompressor.hpp>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <support/archive_log.hpp>
#include <support/grind.hpp>

namespace aisle::test {

/// What a decompressor made of a stream.
struct expanded {
    std::string bytes;
    std::size_t consumed = 0;
    bool ended = false;  ///< by itself, not by finish()
    std::optional<error> failure;

    std::string log() const {
        auto out = "bytes " + std::to_string(bytes.size()) +
                   " crc=" + hex8(codec::crc32(0, std::as_bytes(std::span(bytes)))) + "\n";
        if (failure) return out + "error " + failure->code.message() + "\n";
        return out + (ended ? "end" : "finished") + " after " + std::to_string(consumed) + "\n";
    }
};

/// Expands the pieces into outputs of `room` bytes, checking the decompressor's promises on the way: what it reports is
/// within what it was given, a status fits what was used up, every step gets somewhere, an end and a failure stay.
inline expanded expand_all(codec::decompressor& d, pieces const& input, std::size_t room) {
    using codec::expansion_status;
    expanded out;
    std::unique_ptr<std::byte[]> const memory(new std::byte[room]);  // exactly, for AddressSanitizer
    std::span const output(memory.get(), room);
    auto const check = [](bool promise, char const* what) {
        if (!promise) FAIL("the decompressor broke a promise: " << what);
    };
    for (auto const& p : input) {
        for (auto rest = p.bytes();;) {
            auto const e = d.expand(rest, output);
            check(e.consumed <= rest.size() && e.produced <= room, "more than there is");
            out.bytes.append(reinterpret_cast<char const*>(memory.get()), e.produced);
            out.consumed += e.consumed;
            rest = rest.subspan(e.consumed);
            if (e.status == expansion_status::need_input) {
                check(rest.empty(), "need_input with input left");
                break;
            }
            if (e.status == expansion_status::need_output) {
                check(e.produced == room, "need_output with room left");
                continue;
            }
            auto const again = d.expand(rest, output);
            check(again.consumed == 0 && again.produced == 0 && again.status == e.status, "an end did not stay");
            if (e.status == expansion_status::end) {
                out.ended = true;
                check(d.finish(), "an end is not good enough to finish");
                return out;
            }
            out.failure = d.failure();
            check(!d.finish(), "finish() after a failure");
            check(out.failure->where == stage::archive && out.failure->offset && !out.failure->text.empty(),
                  "an error without place or text");
            return out;
        }
    }
    if (!d.finish()) {
        out.failure = d.failure();
        check(out.failure->offset == out.consumed, "a cut elsewhere than at the last byte");
    }
    return out;
}

/// Words of a few kinds: compresses about as text does. The same every time.
inline std::string text_like(std::size_t size, std::uint32_t seed = 1) {
    std::mt19937 random(seed);
    std::vector<std::string> words(300);
    for (auto& w : words)
        for (auto n = 2 + random() % 8; n > 0; --n) w += static_cast<char>('a' + random() % 26);
    std::string out;
    while (out.size() < size) {
        out += words[std::min(random() % words.size(), random() % words.size())];
        out += random() % 12 == 0 ? ".\n" : " ";
    }
    out.resize(size);
    return out;
}

inline std::string random_bytes(std::size_t size, std::uint32_t seed = 1) {
    std::mt19937 random(seed);
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(random());
    return out;
}

}  // namespace aisle::test
