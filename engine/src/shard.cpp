#include "shard.hpp"

#include "batch_task.hpp"
#include "engine_impl.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace aisle::detail {
namespace {

http::client_options client_options_of(engine_options const& o) {
    http::client_options out;
    out.connect_timeout = o.connect_timeout;
    out.first_byte_timeout = o.first_byte_timeout;
    out.idle_timeout = o.idle_timeout;
    return out;
}

std::uint64_t max_sample_bytes_of(engine_options const& o) {
    if (o.max_sample_bytes != automatic) return o.max_sample_bytes;
    return std::max(o.memory_budget_bytes, std::size_t{64} << 20);
}

}  // namespace

shard::shard(std::weak_ptr<engine_impl> engine, engine_options const& options, http::url endpoint, slab_pool& slabs)
    : engine_(std::move(engine)),
      endpoint_(std::move(endpoint)),
      slabs_(slabs),
      max_sample_bytes_(max_sample_bytes_of(options)),
      client_(io_.get_executor(), slabs, client_options_of(options)),
      thread_([this] { io_.run(); }) {}

shard::~shard() {
    boost::asio::post(io_, [this] {
        closed_ = true;
        for (auto& r : running_) r.stop.emit(boost::asio::cancellation_type::terminal);
        client_.close();
        keep_running_.reset();
    });
    thread_.join();
}

void shard::fetch(batch_work work) {
    counters_.batches.fetch_add(1, std::memory_order_relaxed);
    boost::asio::post(io_, [this, w = std::move(work)]() mutable { start(std::move(w)); });
}

void shard::cancel_batches_of(std::shared_ptr<stream_job> job) {
    boost::asio::post(io_, [this, j = std::move(job)] {
        for (auto& r : running_)
            if (r.job == j) r.stop.emit(boost::asio::cancellation_type::terminal);
    });
}

void shard::look_again_later(std::weak_ptr<stream_job> job, std::chrono::milliseconds in) {
    boost::asio::post(io_, [this, j = std::move(job), in]() mutable {
        if (closed_) return;
        auto timer = std::make_unique<http::timer>(io_.get_executor(), in);
        auto& t = *timer;
        // The timer dies with the io_context at the latest, and the handler with it.
        t.async_wait([j = std::move(j), keep = std::move(timer)](boost::system::error_code) {
            if (auto const alive = j.lock()) alive->look_again();
        });
    });
}

void shard::start(batch_work work) {
    auto const here = running_.emplace(running_.end());
    here->job = work.job;
    auto const reserved = work.reserved_bytes;
    auto const slot = here->stop.slot();
    fetch_context context(client_, slabs_, endpoint_, counters_, typical_batch_, max_sample_bytes_);
    boost::asio::co_spawn(io_.get_executor(), fetch_batch(context, std::move(work)),
                          boost::asio::bind_cancellation_slot(slot, [this, here, reserved](std::exception_ptr failure) {
                              ended(here, reserved, failure);
                          }));
    if (closed_ || here->job->cancelled()) here->stop.emit(boost::asio::cancellation_type::terminal);
}

void shard::ended(std::list<running>::iterator which, std::size_t reserved_bytes, std::exception_ptr failure) {
    if (auto const engine = engine_.lock()) engine->release(reserved_bytes);
    auto const job = std::move(which->job);
    running_.erase(which);
    auto const stats = client_.stats();
    counters_.wire_bytes.store(stats.bytes_read, std::memory_order_relaxed);
    counters_.reads.store(stats.reads, std::memory_order_relaxed);
    counters_.connections.store(stats.connections_opened, std::memory_order_relaxed);
    counters_.batches.fetch_sub(1, std::memory_order_relaxed);
    if (failure) std::rethrow_exception(failure);
    job->pump();
}

}  // namespace aisle::detail
