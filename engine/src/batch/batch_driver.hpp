#pragma once

#include "../cluster/cluster_access.hpp"
#include "../engine/shard_counters.hpp"
#include "../engine/trouble_board.hpp"
#include "../request/body_pool.hpp"
#include "../sight/shard_sight.hpp"
#include "../stream/memory_budget.hpp"
#include "../stream/stream_job.hpp"
#include "reading_order.hpp"

#include <aisle/http/asio.hpp>
#include <aisle/http/deadlines.hpp>

#include <chrono>
#include <memory>

namespace aisle::detail {

/// The parts of a shard that a fetch uses. The shard outlives it.
struct fetch_context {
    fetch_context(http::executor x, std::shared_ptr<http::limit_clock> const& l, cluster_access& c, slab_pool& p,
                  memory_budget& b, body_pool& r, shard_counters& n, trouble_board& w, shard_sight& s, reading_order& o,
                  std::chrono::nanoseconds& t)
        : executor(x),
          pace(l),
          cluster(c),
          slabs(p),
          memory(b),
          bodies(r),
          counters(n),
          trouble(w),
          sight(s),
          reading(o),
          typical_batch(t) {}
    http::executor executor;
    std::shared_ptr<http::limit_clock> const& pace;
    cluster_access& cluster;
    slab_pool& slabs;
    memory_budget& memory;
    body_pool& bodies;
    shard_counters& counters;
    trouble_board& trouble;
    shard_sight& sight;
    reading_order& reading;
    std::chrono::nanoseconds& typical_batch;  ///< from request to last sample, smoothed over the shard's batches
    std::uint64_t max_sample_bytes = 0;
    std::chrono::milliseconds request_timeout{0};
    bool cold_gets = true;
};

/// Fetches one batch: executes the decisions of a batch_machine. Calls the stream's on_answered and on_end exactly once
/// each, in all cases. Cancelled by a terminal signal on its slot.
http::task<void> fetch_batch(fetch_context context, batch_work work);

}  // namespace aisle::detail
