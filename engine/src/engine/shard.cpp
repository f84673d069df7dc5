#include "shard.hpp"

#include "../batch/batch_driver.hpp"
#include "certain_end.hpp"
#include "engine_options.hpp"

#include <aisle/http/deadlines.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <new>

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
      thread_([this] { run(); }) {}

shard::~shard() {
    if (thread_.joinable()) {
        stop();
        thread_.join();
    }
}

// What leaves run() is std::bad_alloc of Asio's, which has destroyed the coroutine that it had no memory for: whoever
// waits for that was told by certain_end.
void shard::run() noexcept {
    for (bool over = false; !over;) try {
            io_.run();
            over = true;
        } catch (...) {
        }
    if (!own_) return;
    // The last that this thread does is to destroy these.
    std::shared_ptr<void> const kept = std::move(own_keeper_);
    std::unique_ptr<shard> const self = std::move(own_);
}

void shard::stop() noexcept {
    if (std::exchange(stopped_, true)) return;
    for (bool told = false; !told;) try {
            boost::asio::post(io_, [this] {
                closed_ = true;
                for (auto& r : running_) r.stop.emit(boost::asio::cancellation_type::terminal);
                for (auto& l : later_) l.timer.cancel();
                client_.close();
                keep_running_.reset();
            });
            told = true;
        } catch (...) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
}

void shard::outlive(std::unique_ptr<shard> mine, std::shared_ptr<void> kept) noexcept {
    auto& self = *mine;
    self.thread_.detach();
    self.own_keeper_ = std::move(kept);
    self.own_ = std::move(mine);
}

void shard::fetch(std::shared_ptr<batch_work> work) {
    counters_.batches.fetch_add(1, std::memory_order_relaxed);
    try {
        boost::asio::post(io_, [this, w = std::move(work)] { start(std::move(*w)); });
    } catch (...) {
        counters_.batches.fetch_sub(1, std::memory_order_relaxed);
        throw;
    }
}

void shard::cancel_batches_of(std::shared_ptr<stream_job> job) {
    boost::asio::post(io_, [this, j = std::move(job)] {
        for (auto& r : running_)
            if (r.job == j) r.stop.emit(boost::asio::cancellation_type::terminal);
    });
}

void shard::call_later(std::chrono::milliseconds in, void const* whose, later_call what) {
    boost::asio::post(io_, [this, in, whose, f = std::move(what)]() mutable { begin_later(in, whose, std::move(f)); });
}

void shard::begin_later(std::chrono::milliseconds in, void const* whose, later_call what) {
    if (closed_) return;
    std::list<later> fresh;
    try {
        fresh.emplace_back(whose, io_.get_executor(), what);
        auto const here = fresh.begin();
        here->timer.expires_at(http::after(http::timer::clock_type::now(), in));
        here->timer.async_wait([this, here](boost::system::error_code ec) {
            std::list<later> over;
            over.splice(over.end(), later_, here);
            if (!ec) here->what({});
        });
    } catch (...) {
        what(std::current_exception());
        return;
    }
    later_.splice(later_.end(), fresh);
}

void shard::forget(void const* whose) {
    boost::asio::post(io_, [this, whose] {
        for (auto& l : later_)
            if (l.whose == whose) l.timer.cancel();
    });
}

void shard::start(batch_work work) {
    std::list<running>::iterator here;
    try {
        here = running_.emplace(running_.end());
    } catch (...) {
        counters_.batches.fetch_sub(1, std::memory_order_relaxed);
        throw;
    }
    here->job = work.job;
    auto const slot = here->stop.slot();
    certain_end end([this, here](std::exception_ptr) noexcept { ended(here); });
    fetch_context context(io_.get_executor(), cluster_, slabs_, memory_, counters_, trouble_, typical_batch_);
    context.max_sample_bytes = max_sample_bytes_;
    context.request_timeout = request_timeout_;
    context.cold_gets = cold_gets_;
    bool const stops = closed_ || work.job->cancelled();
    boost::asio::co_spawn(io_.get_executor(), fetch_batch(context, std::move(work)),
                          boost::asio::bind_cancellation_slot(slot, std::move(end)));
    if (stops) here->stop.emit(boost::asio::cancellation_type::terminal);
}

// The stream was told by batch_work.
void shard::ended(std::list<running>::iterator which) noexcept {
    auto const job = std::move(which->job);
    running_.erase(which);
    auto const stats = client_.stats();
    counters_.wire_bytes.store(stats.bytes_read, std::memory_order_relaxed);
    counters_.reads.store(stats.reads, std::memory_order_relaxed);
    counters_.connections.store(stats.connections_opened, std::memory_order_relaxed);
    counters_.batches.fetch_sub(1, std::memory_order_relaxed);
    job->pump();
}

}  // namespace aisle::detail
