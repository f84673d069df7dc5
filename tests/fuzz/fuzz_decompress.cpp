// Decompressors: [how to cut] [bits 0-1: which, bit 2: what follows is foreign, the others: room for output] [stream]
#include "fuzz_input.hpp"

#include <aisle/codec/compression/decompressor.hpp>

#include <array>
#include <support/expand_log.hpp>

using namespace aisle;

namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20;

std::unique_ptr<codec::decompressor> make(unsigned which, codec::after_end follows) {
    switch (which) {
        case 0: return codec::make_decompressor(codec::compression::gzip, follows);
        case 1: return codec::make_decompressor(codec::compression::lz4, follows);
        case 2: return codec::make_decompressor(codec::compression::zstd, follows);
        default: return codec::make_inflater();
    }
}

// Inputs that blow up are left out: they cost time and show nothing that others do not.
bool is_small(codec::decompressor& d, std::string_view stream) {
    static std::array<std::byte, 65536> output;
    auto rest = std::as_bytes(std::span(stream));
    for (std::size_t bytes = 0; bytes <= most_bytes;) {
        auto const step = d.expand(rest, output);
        if (step.status != codec::expansion_status::need_output) return true;
        bytes += step.produced;
        rest = rest.subspan(step.consumed);
    }
    return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::fuzz_input input(data, size);
    auto const steps = input.byte();
    auto const choices = input.byte();
    auto const stream = input.rest();
    auto const follows = choices & 4 ? codec::after_end::foreign : codec::after_end::zero_padding;
    auto const d = make(choices & 3, follows);
    if (!is_small(*d, stream)) return 0;
    d->reset();
    auto const whole = test::expand_all(*d, test::whole(stream), 65537);
    d->reset();
    auto const room = std::size_t{7} << (choices >> 3 & 15);
    auto const pieces = test::expand_all(*d, fuzz::cut(stream, steps), room);
    if (!whole.failure || !pieces.failure) fuzz::require_same(whole.log(), pieces.log());
    // Where damage is found out depends on what is given at a time; what came before is the same.
    auto const common = std::min(whole.bytes.size(), pieces.bytes.size());
    REQUIRE(std::string_view(whole.bytes).substr(0, common) == std::string_view(pieces.bytes).substr(0, common));
    return 0;
}
