// zip_reader: [how to cut] [bit 0: what follows is foreign, bit 1: checksums are repaired, bit 2: sizes are told]
// [archive]
#include "fuzz_input.hpp"
#include "zip_repair.hpp"

#include <aisle/codec/zip/zip_reader.hpp>

#include <support/archive_log.hpp>

using namespace aisle;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static slab_pool pool(std::size_t{256} << 20);
    fuzz::fuzz_input input(data, size);
    auto const steps = input.byte();
    auto const choices = input.byte();
    std::string archive(input.rest());
    if (choices & 2) fuzz::repair_zip_checksums(archive);
    test::expected_sizes sizes;
    if (choices & 4) sizes = {5, 0, 300};
    auto const log = [&](test::pieces const& pieces) {
        codec::zip_reader reader(pool, choices & 1 ? codec::after_end::foreign : codec::after_end::zero_padding);
        auto seen = test::read_archive(reader, pieces, SIZE_MAX, sizes);
        if (!seen.failure) return seen.log();
        bool const inside = !seen.members.empty() && !seen.members.back().whole;
        if (!inside) return seen.log() + seen.failure->message();
        // How far a damaged stream is decompressed depends on what there is of it at a time.
        seen.members.back().payload_bytes = seen.members.back().crc = 0;
        return seen.log();
    };
    fuzz::require_same(log(test::whole(archive)), log(fuzz::cut(archive, steps)));
    return 0;
}
