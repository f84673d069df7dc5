#include "decode_samples.hpp"

#include <optional>
#include <utility>

namespace aisle::detail {
namespace {

result<void> begin_entry(response_decoder& decoder, sample_assembler& assembler) {
    if (auto told = std::exchange(decoder.metadata(), std::nullopt))
        if (auto ok = assembler.metadata(std::move(*told)); !ok) return ok;
    if (auto ok = assembler.begin_entry(decoder.entry()); !ok) return ok;
    if (decoder.entry().size_known) return {};
    if (auto const told = assembler.told_size()) decoder.expect_size(*told);
    return {};
}

}  // namespace

result<void> decode_samples(response_decoder& decoder, sample_assembler& assembler, slab_ref const& fed_from) {
    using codec::event_kind;
    for (;;) {
        auto const event = decoder.next(assembler.collected());
        auto const& in = event.in ? *event.in : fed_from;
        switch (event.kind) {
            case event_kind::entry_data: assembler.data(event.data, in); break;
            case event_kind::entry_begin:
                if (auto ok = begin_entry(decoder, assembler); !ok) return ok;
                break;
            case event_kind::entry_end:
                if (auto ok = assembler.end_entry(event.take_back, in); !ok) return ok;
                break;
            case event_kind::need_input: return {};
            case event_kind::end:
                if (decoder.finished()) return assembler.end_archive();
                assembler.end_mark();
                break;  // the reader goes on behind its end mark, to see that nothing follows
            case event_kind::error: return decoder.failure();
        }
    }
}

}  // namespace aisle::detail
