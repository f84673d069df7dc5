#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/zip/zip_scan.hpp>

#include <algorithm>
#include <cstring>

namespace aisle::codec {
namespace {

constexpr std::byte signature[] = {std::byte{'P'}, std::byte{'K'}, std::byte{7}, std::byte{8}};
constexpr std::size_t rare = 2;  // index of the signature byte that never occurs in text

// The first offset from `from` on where the signature starts, or where the input ends inside it.
std::size_t find_signature(std::span<std::byte const> input, std::size_t from) noexcept {
    auto const* const begin = input.data();
    auto const* const end = begin + input.size();
    for (auto const* at = begin + std::min(from + rare, input.size()); at != end; ++at) {
        at = static_cast<std::byte const*>(
            std::memchr(at, std::to_integer<int>(signature[rare]), static_cast<std::size_t>(end - at)));
        if (!at) break;
        if (at[-2] == signature[0] && at[-1] == signature[1] && (at + 1 == end || at[1] == signature[3]))
            return static_cast<std::size_t>(at - begin) - rare;
    }
    // "PK" or "P" at the end of the input: too short for the search above.
    for (std::size_t n = std::min(rare, input.size() - from); n > 0; --n)
        if (std::equal(signature, signature + n, end - n)) return input.size() - n;
    return input.size();
}

// True if the bytes start with the number, or are a truncated part of it. Removes them.
template <class Number>
bool take_equal(std::span<std::byte const>& bytes, Number number) noexcept {
    std::size_t const n = std::min(bytes.size(), sizeof number);
    for (std::size_t i = 0; i < n; ++i)
        if (bytes[i] != static_cast<std::byte>(number >> (8 * i))) return false;
    bytes = bytes.subspan(n);
    return true;
}

bool begins_header(std::span<std::byte const> bytes) noexcept {
    for (auto const which : {zip_signature::local_header, zip_signature::central_header}) {
        auto rest = bytes;
        if (take_equal(rest, static_cast<std::uint32_t>(which))) return true;
    }
    return false;
}

struct candidate {
    enum { no, cut, fits } is = no;  // cut: it may be one, but more bytes are needed
    std::size_t bytes = 0;           // of the descriptor, if it fits
    std::uint32_t crc = 0;           // declared in it
};

template <class Number>
candidate judge_form(std::span<std::byte const> bytes, Number size) noexcept {
    constexpr auto form_bytes = 8 + 2 * sizeof(Number);
    auto rest = bytes;
    if (!take_equal(rest, static_cast<std::uint32_t>(zip_signature::descriptor))) return {};
    std::uint32_t crc = 0;
    for (std::size_t i = 0; i < sizeof crc && !rest.empty(); ++i, rest = rest.subspan(1))
        crc |= std::to_integer<std::uint32_t>(rest[0]) << (8 * i);
    if (!take_equal(rest, size) || !take_equal(rest, size) || !begins_header(rest)) return {};
    if (bytes.size() < form_bytes + zip_signature_bytes) return {candidate::cut};
    return {candidate::fits, form_bytes, crc};
}

// Whether the bytes start with a descriptor of that size. The CRC is compared by the caller, because computing it is
// expensive: with this order, a payload full of signatures costs little.
candidate judge(std::span<std::byte const> bytes, std::uint64_t size) noexcept {
    candidate narrow;
    if (size <= 0xffff'ffff) narrow = judge_form(bytes, static_cast<std::uint32_t>(size));
    if (narrow.is == candidate::fits) return narrow;
    auto const wide = judge_form(bytes, size);
    return wide.is == candidate::no ? narrow : wide;
}

}  // namespace

void zip_scan::begin() noexcept {
    crc_ = 0;
    size_ = 0;
    tail_bytes_ = 0;
}

void zip_scan::pass(std::span<std::byte const> bytes) noexcept {
    crc_ = crc32(crc_, bytes);
    size_ += bytes.size();
}

// Decides what the last bytes of earlier inputs were. False if that is still undecided.
bool zip_scan::resolve_tail(std::span<std::byte const> input, step& out) noexcept {
    auto const added = std::min(input.size(), tail_.size() - tail_bytes_);
    std::memcpy(tail_.data() + tail_bytes_, input.data(), added);
    std::span const all(tail_.data(), tail_bytes_ + added);
    std::size_t passed = 0;
    for (std::size_t at = 0; at < tail_bytes_; at = find_signature(all, at + 1)) {
        auto const found = judge(all.subspan(at), size_ + (at - passed));
        if (found.is == candidate::no) continue;
        pass(all.subspan(passed, at - passed));
        passed = at;
        if (found.is == candidate::cut) {  // all of the input was added to tail_
            tail_bytes_ = all.size() - at;
            std::memmove(tail_.data(), all.data() + at, tail_bytes_);
            out.data = input.size();
            return false;
        }
        if (found.crc != crc_) continue;
        auto const known = tail_bytes_ - at;  // bytes handed out that belong to the descriptor, or to the next header
        out.ended = true;
        out.take_back = known;
        if (known < found.bytes)
            out.skip = found.bytes - known;
        else
            out.overrun = all.subspan(at + found.bytes, known - found.bytes);
        return true;
    }
    pass(all.subspan(passed, tail_bytes_ - passed));
    tail_bytes_ = 0;
    return true;
}

zip_scan::step zip_scan::scan(std::span<std::byte const> input) noexcept {
    step out;
    if (tail_bytes_ != 0 && (!resolve_tail(input, out) || out.ended)) return out;
    std::size_t passed = 0;
    for (auto at = find_signature(input, 0); at < input.size(); at = find_signature(input, at + 1)) {
        auto const found = judge(input.subspan(at), size_ + (at - passed));
        if (found.is == candidate::no) continue;
        pass(input.subspan(passed, at - passed));
        passed = at;
        if (found.is == candidate::cut) {
            tail_bytes_ = input.size() - at;
            std::memcpy(tail_.data(), input.data() + at, tail_bytes_);
            out.data = input.size();
            return out;
        }
        if (found.crc != crc_) continue;
        out.data = at;
        out.ended = true;
        out.skip = found.bytes;
        return out;
    }
    pass(input.subspan(passed));
    out.data = input.size();
    return out;
}

}  // namespace aisle::codec
