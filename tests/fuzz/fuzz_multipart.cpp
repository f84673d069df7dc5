// multipart_reader: [how to cut] [bit 0: an archive is read raw, bit 1: its checksums are repaired] [Content-Type] LF
// [body]
#include "fuzz_input.hpp"
#include "tar_repair.hpp"

#include <aisle/codec/multipart/multipart_reader.hpp>

#include <support/multipart_log.hpp>

using namespace aisle;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::fuzz_input input(data, size);
    auto const steps = input.byte();
    auto const choices = input.byte();
    auto const boundary = codec::multipart_boundary(input.line());
    if (!boundary) return 0;
    std::string body(input.rest());
    if (choices & 2) fuzz::repair_tar_checksums(body, fuzz::archive_part(body));
    auto const log = [&](test::pieces const& pieces) {
        auto seen = test::read_multipart(*boundary, pieces, choices & 1 ? "archive" : "");
        // Of a piece with a damaged archive in it nothing is noted.
        if (seen.failure && seen.failure->where == stage::archive) seen.parts.back().content.clear();
        return seen.log() + (seen.failure ? seen.failure->message() : "");
    };
    fuzz::require_same(log(test::whole(body)), log(fuzz::cut(body, steps)));
    return 0;
}
