#include "shard.hpp"

#include "../batch/batch_driver.hpp"
#include "engine_options.hpp"

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
    out.tls = tls_of(o.tls);
    return out;
}

std::uint64_t max_sample_bytes_of(engine_options const& o) {
    if (o.max_sample_bytes != automatic) return o.max_sample_bytes;
    return std::max(o.memory_budget_bytes, std::size_t{64} << 20);
}

}  // namespace

shard::shard(engine_options const& options, std::vector<http::url> proxies, unsigned shards, slab_pool& slabs,
             memory_budget& memory, trouble_board& trouble)
    : slabs_(slabs),
      memory_(memory),
      trouble_(trouble),
      max_sample_bytes_(max_sample_bytes_of(options)),
      request_timeout_(options.request_timeout),
      cold_gets_(options.cold_gets > 0),
      client_(io_.get_executor(), slabs, client_options_of(options)),
      cluster_(io_.get_executor(), client_, std::move(proxies), options.credentials, shards, options.proxy_timeout,
               options.cold_gets, counters_),
      thread_([this] { io_.run(); }) {}

shard::~shard() {
    boost::asio::post(io_, [this] {
        closed_ = true;
        for (auto& r : running_) r.stop.emit(boost::asio::cancellation_type::terminal);
        for (auto& t : later_) t.cancel();
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

void shard::call_later(std::chrono::milliseconds in, std::function<void()> what) {
    boost::asio::post(io_, [this, f = std::move(what), in]() mutable {
        if (closed_) return;
        auto const here = later_.emplace(later_.end(), io_.get_executor(), in);
        here->async_wait([this, here, f = std::move(f)](boost::system::error_code ec) {
            later_.erase(here);
            if (!ec) f();
        });
    });
}

void shard::start(batch_work work) {
    auto const here = running_.emplace(running_.end());
    here->job = work.job;
    auto const slot = here->stop.slot();
    fetch_context context(io_.get_executor(), cluster_, slabs_, memory_, counters_, trouble_, typical_batch_);
    context.max_sample_bytes = max_sample_bytes_;
    context.request_timeout = request_timeout_;
    context.cold_gets = cold_gets_;
    boost::asio::co_spawn(
        io_.get_executor(), fetch_batch(context, std::move(work)),
        boost::asio::bind_cancellation_slot(slot, [this, here](std::exception_ptr failure) { ended(here, failure); }));
    if (closed_ || here->job->cancelled()) here->stop.emit(boost::asio::cancellation_type::terminal);
}

void shard::ended(std::list<running>::iterator which, std::exception_ptr failure) {
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
