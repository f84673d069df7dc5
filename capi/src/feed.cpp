#include "batch.hpp"
#include "engine.hpp"
#include "options.hpp"
#include "sized.hpp"
#include "stream.hpp"

using namespace aisle::capi;

namespace {

aisle::feed& as_feed(aisle_stream* stream) {
    auto* const out = std::get_if<aisle::feed>(&required(stream, "feed").value);
    if (!out) refuse(aisle::errc::invalid_argument, "the stream is not a feed: open it with aisle_feed_open()");
    return *out;
}

}  // namespace

aisle_status aisle_feed_open(aisle_engine* engine, aisle_feed_options const* options, aisle_stream** feed,
                             aisle_error** error) {
    return guarded(error, [&] {
        auto& on = required(engine, "engine").value;
        auto& out = required(feed, "feed");
        auto const given = read_sized(options, "aisle_feed_options");
        out = new aisle_stream(on.open_feed(to_options(given)), text(given.bucket));
        return AISLE_OK;
    });
}

aisle_status aisle_feed_submit(aisle_stream* feed, aisle_entry const* entry, aisle_error** error) {
    return guarded(error, [&] {
        auto& to = as_feed(feed);
        return to.submit(to_entry(entry, feed->bucket)) ? AISLE_OK : AISLE_END;
    });
}

aisle_status aisle_feed_submit_batch(aisle_stream* feed, aisle_batch* batch, aisle_error** error) {
    return guarded(error, [&] {
        auto& to = as_feed(feed);
        return to.submit(required(batch, "batch").take()) ? AISLE_OK : AISLE_END;
    });
}

size_t aisle_feed_room(aisle_stream const* feed) {
    auto const* const of = feed ? std::get_if<aisle::feed>(&feed->value) : nullptr;
    return of ? of->room() : 0;
}

void aisle_feed_end_input(aisle_stream* feed) {
    guarded(nullptr, [&] {
        as_feed(feed).end_input();
        return AISLE_OK;
    });
}
