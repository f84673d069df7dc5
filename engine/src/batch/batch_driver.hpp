#pragma once

#include "../cluster/cluster_access.hpp"
#include "../engine/shard_counters.hpp"
#include "../engine/trouble_board.hpp"
#include "../sight/shard_sight.hpp"
#include "../stream/memory_budget.hpp"
#include "../stream/stream_job.hpp"

#include <aisle/http/asio.hpp>

#include <chrono>

namespace aisle::detail {

/// What a fetch uses of its shard. Outlived by the shard.
struct fetch_context {
    fetch_context(http::executor x, cluster_access& c, slab_pool& p, memory_budget& b, shard_counters& n,
                  trouble_board& w, shard_sight& s, std::chrono::nanoseconds& t)
        : executor(x), cluster(c), slabs(p), memory(b), counters(n), trouble(w), sight(s), typical_batch(t) {}
    http::executor executor;
    cluster_access& cluster;
    slab_pool& slabs;
    memory_budget& memory;
    shard_counters& counters;
    trouble_board& trouble;
    shard_sight& sight;
    std::chrono::nanoseconds& typical_batch;  ///< from request to last sample, smoothed over the shard's batches
    std::uint64_t max_sample_bytes = 0;
    std::chrono::milliseconds request_timeout{0};
    bool cold_gets = true;
};

/// Fetches one batch: carries out what a batch_machine decides. Reports to the stream on_answered and on_end, each
/// exactly once, whatever happens. Cancelled by a terminal signal on its slot.
http::task<void> fetch_batch(fetch_context context, batch_work work);

}  // namespace aisle::detail
