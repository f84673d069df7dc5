// archive_chain: [how to cut] [bits 0-2: the format, bit 3: what follows is foreign, bit 4: a tar archive is given, its
// checksums are repaired, and it is compressed here] [archive]
#include "fuzz_input.hpp"
#include "tar_repair.hpp"

#include <aisle/codec/archive_chain.hpp>
#include <aisle/codec/compression/compressor.hpp>

#include <support/archive_log.hpp>

using namespace aisle;

namespace {

std::string compressed(codec::compression by, std::string_view plain) {
    std::string out;
    auto const writer = codec::make_compressor(by);
    writer->write(out, plain);
    writer->finish(out);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static slab_pool pool(std::size_t{256} << 20);
    fuzz::fuzz_input input(data, size);
    auto const steps = input.byte();
    auto const choices = input.byte();
    auto const format = static_cast<codec::archive_format>(choices % 8 % 5);
    auto const follows = choices & 8 ? codec::after_end::foreign : codec::after_end::zero_padding;
    auto const by = codec::compression_of(format);
    std::string archive(input.rest());
    bool const compressed_here = choices & 16 && by != codec::compression::none;
    std::string plain_log;
    if (compressed_here) {
        fuzz::repair_tar_checksums(archive);
        codec::tar_reader tar;
        plain_log = test::read_archive(tar, test::whole(archive)).log();
        archive = compressed(by, archive);
    }
    codec::archive_chain once(format, pool, follows);
    codec::archive_chain again(format, pool, follows);
    auto const whole = test::read_archive(once, test::whole(archive));
    auto const pieces = test::read_archive(again, fuzz::cut(archive, steps));
    if (compressed_here) fuzz::require_same(plain_log, whole.log());
    bool const damaged = !compressed_here && whole.failure && pieces.failure;
    if (!damaged || format == codec::archive_format::tar) return fuzz::require_same(whole.log(), pieces.log()), 0;
    // How far a damaged stream is decompressed depends on what there is of it at a time.
    for (std::size_t i = 0; i < std::min(whole.members.size(), pieces.members.size()); ++i)
        if (whole.members[i].whole && pieces.members[i].whole) REQUIRE(whole.members[i].crc == pieces.members[i].crc);
    return 0;
}
