// tar_reader: [how to cut] [bit 0: what follows is foreign, bit 1: checksums are repaired] [archive]
// Each block is also read as a header, by codec and by the tests' own rules.
#include "fuzz_input.hpp"
#include "tar_repair.hpp"

#include <aisle/codec/tar/tar_reader.hpp>

#include <support/archive_log.hpp>
#include <support/tar_reference.hpp>

using namespace aisle;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::fuzz_input input(data, size);
    auto const steps = input.byte();
    auto const choices = input.byte();
    std::string archive(input.rest());
    if (choices & 2) fuzz::repair_tar_checksums(archive);
    auto const log = [&](test::pieces const& pieces) {
        codec::tar_reader reader(choices & 1 ? codec::after_end::foreign : codec::after_end::zero_padding);
        auto const seen = test::read_archive(reader, pieces);
        return seen.log() + (seen.failure ? seen.failure->message() : "");
    };
    fuzz::require_same(log(test::whole(archive)), log(fuzz::cut(archive, steps)));
    auto const bytes = std::as_bytes(std::span(archive));
    for (std::size_t at = 0; at + codec::tar_block_bytes <= bytes.size(); at += codec::tar_block_bytes)
        REQUIRE(test::reads_as_reference(bytes.subspan(at).first<codec::tar_block_bytes>()));
    return 0;
}
