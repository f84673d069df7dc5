#include "stream.hpp"

#include "batch.hpp"
#include "block.hpp"
#include "engine.hpp"
#include "options.hpp"
#include "sized.hpp"
#include "source.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace aisle::capi {
namespace {

/// The maximum of std::chrono::nanoseconds is 292 years.
constexpr std::int64_t longest_wait_ms = std::int64_t{100} * 365 * 24 * 3600 * 1000;

std::optional<sample_block> next_block(sample_stream& from, std::int64_t timeout) {
    if (timeout == 0) return from.try_next_block();
    if (timeout < 0 || timeout > longest_wait_ms) return from.next_block();
    return from.next_block_for(std::chrono::milliseconds(timeout));
}

}  // namespace

aisle_summary to_c(summary const& from) {
    return {sizeof(aisle_summary), from.batches, from.delivered, from.missing, from.failed, from.bytes,
            from.retries,          from.hedges,  from.cold};
}

}  // namespace aisle::capi

using namespace aisle::capi;

aisle_status aisle_stream_get(aisle_engine* engine, aisle_batch* batch, aisle_stream_options const* options,
                              aisle_stream** stream, aisle_error** error) {
    return guarded(error, [&] {
        auto& on = required(engine, "engine").value;
        auto& out = required(stream, "stream");
        auto const how = to_options(options);
        out = new aisle_stream(on.get(required(batch, "batch").take(), how));
        return AISLE_OK;
    });
}

aisle_status aisle_stream_open(aisle_engine* engine, aisle_source const* source, aisle_stream_options const* options,
                               aisle_stream** stream, aisle_error** error) {
    return guarded(error, [&] {
        auto batches = to_source(source);
        auto& on = required(engine, "engine").value;
        auto& out = required(stream, "stream");
        out = new aisle_stream(on.open(std::move(batches), to_options(options)));
        return AISLE_OK;
    });
}

aisle_status aisle_stream_next(aisle_stream* stream, int64_t timeout, aisle_block** block, aisle_error** error) {
    return guarded(error, [&] {
        auto& from = required(stream, "stream").stream();
        auto& out = required(block, "block");
        auto empty = std::make_unique<aisle_block>();
        auto next = next_block(from, timeout);
        if (!next) return from.at_end() ? AISLE_END : AISLE_NOT_READY;
        empty->value = std::move(*next);
        out = empty.release();
        return AISLE_OK;
    });
}

aisle_status aisle_stream_descriptor(aisle_stream* stream, int* descriptor, aisle_error** error) {
    return guarded(error, [&] {
        auto& from = required(stream, "stream").stream();
        auto& out = required(descriptor, "descriptor");
        out = from.ready_fd();
        return AISLE_OK;
    });
}

void aisle_stream_input_ready(aisle_stream* stream) {
    guarded(nullptr, [&] {
        required(stream, "stream").stream().input_ready();
        return AISLE_OK;
    });
}

aisle_status aisle_stream_finish(aisle_stream* stream, aisle_summary* summary, aisle_error** error) {
    return guarded(error, [&] {
        auto& of = required(stream, "stream");
        auto const outcome = of.stream().finish().value();
        // Only the first time: the caller may have a pointer to it.
        if (outcome.fault && !of.fault) of.fault = std::make_unique<aisle_error>(*outcome.fault);
        if (summary) write_sized(summary, to_c(outcome), "summary");
        return AISLE_OK;
    });
}

aisle_error const* aisle_stream_fault(aisle_stream const* stream) {
    return stream ? stream->fault.get() : nullptr;
}

void aisle_stream_cancel(aisle_stream* stream) {
    if (stream) stream->stream().cancel();
}

void aisle_stream_free(aisle_stream* stream) {
    delete stream;
}
