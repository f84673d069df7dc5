#pragma once

#include "shard.hpp"

#include <aisle/http/asio.hpp>
#include <aisle/http/client.hpp>

namespace aisle::detail {

/// What a fetch uses of its shard. Outlived by the shard.
struct fetch_context {
    fetch_context(http::client& c, slab_pool& p, http::url const& e, shard_counters& n, std::chrono::nanoseconds& t,
                  std::uint64_t m)
        : client(c), slabs(p), endpoint(e), counters(n), typical_batch(t), max_sample_bytes(m) {}
    http::client& client;
    slab_pool& slabs;
    http::url const& endpoint;
    shard_counters& counters;
    std::chrono::nanoseconds& typical_batch;  ///< from request to last sample, smoothed over the shard's batches
    std::uint64_t max_sample_bytes;
};

/// Fetches one batch: asks, follows, reads, decodes, assembles, hands over; tells the stream on_answered and on_end,
/// each exactly once, whatever happens. Cancelled by a terminal signal on its slot.
http::task<void> fetch_batch(fetch_context context, batch_work work);

}  // namespace aisle::detail
