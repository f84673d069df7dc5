// The JSON of Get-Batch: [which document] [JSON]. What was read can be written, and read again as the same.
#include "fuzz_input.hpp"

#include <aisle/codec/json/get_batch.hpp>

using namespace aisle;

namespace {

template <class Document, class Read, class Write>
void read_twice(Read read, Write write, std::string json) {
    result<Document> const first = read(std::move(json));
    if (!first) {
        REQUIRE(!first.error().message().empty());
        return;
    }
    std::string text;
    write(text, *first);
    result<Document> const again = read(text);
    if (!again) FAIL(again.error().message() << " in what was written: " << text);
    std::string text_again;
    write(text_again, *again);
    fuzz::require_same(text, text_again);
}

void write_again(std::string& out, codec::get_batch_request const& r) {
    std::vector<codec::get_batch_entry> entries;
    for (auto const& e : r.in)
        entries.push_back({e.objname, e.bucket, e.provider, e.uname, e.archpath, e.opaque, e.start, e.length});
    codec::write_request(out, entries, {r.mime, r.continue_on_error, r.only_object_name, r.streaming});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::fuzz_input input(data, size);
    auto const which = input.byte() % 3;
    std::string const json(input.rest());
    if (which == 0)
        read_twice<codec::get_batch_metadata>(
            [](std::string text) { return codec::read_metadata(std::move(text), 1000); }, codec::write_metadata, json);
    else if (which == 1)
        read_twice<codec::get_batch_request>(codec::read_request, write_again, json);
    else
        read_twice<codec::server_message>(codec::read_error, codec::write_error, json);
    return 0;
}
