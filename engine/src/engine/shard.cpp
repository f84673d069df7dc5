#include "shard.hpp"

#include "../batch/batch_driver.hpp"
#include "certain_end.hpp"
#include "engine_options.hpp"

#include <aisle/http/deadlines.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <new>
#include <thread>

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

shard::shard(engine_options const& options, std::vector<http::url> proxies, run_by who, unsigned number,
             unsigned shards, slab_pool& slabs, memory_budget& memory, trouble_board& trouble, engine_log& log)
    : loop_(who, number),
      slabs_(slabs),
      memory_(memory),
      trouble_(trouble),
      max_sample_bytes_(max_sample_bytes_of(options)),
      first_byte_timeout_(options.first_byte_timeout),
      request_timeout_(options.request_timeout),
      cold_gets_(options.cold_gets > 0),
      sight_(log),
      client_(loop_.executor(), slabs, client_options_of(options)),
      cluster_(loop_.executor(), client_, std::move(proxies), options.credentials, shards, options.proxy_timeout,
               options.cold_gets, counters_, log) {
    loop_.start();
}

shard::~shard() {
    if (outlives_) return;
    stop();
    loop_.finish();
}

void shard::stop() noexcept {
    if (std::exchange(stopped_, true)) return;
    for (bool told = false; !told;) try {
            loop_.post([this] {
                closed_ = true;
                for (auto& r : running_) r.stop.emit(boost::asio::cancellation_type::terminal);
                for (auto& o : operations_) o.stop.emit(boost::asio::cancellation_type::terminal);
                for (auto& l : later_) l.timer.cancel();
                client_.close();
                loop_.let_go();
            });
            told = true;
        } catch (...) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
}

void shard::outlive(std::shared_ptr<shard> mine, std::shared_ptr<void> kept) noexcept {
    auto& self = *mine;
    self.outlives_ = true;
    self.loop_.outlive(std::move(mine), std::move(kept));
}

void shard::fetch(std::shared_ptr<batch_work> work) {
    counters_.batches.fetch_add(1, std::memory_order_relaxed);
    try {
        loop_.post([this, w = std::move(work)] { start(std::move(*w)); });
    } catch (...) {
        counters_.batches.fetch_sub(1, std::memory_order_relaxed);
        throw;
    }
}

void shard::cancel_batches_of(std::shared_ptr<stream_job> job) {
    loop_.post([this, j = std::move(job)] {
        for (auto& r : running_)
            if (r.job == j) r.stop.emit(boost::asio::cancellation_type::terminal);
    });
}

void shard::perform(std::shared_ptr<operation> what) {
    loop_.post([this, o = std::move(what)]() mutable { start(std::move(o)); });
}

void shard::cancel(operation const& what) noexcept {
    try {
        loop_.post([this, which = &what] {
            for (auto& o : operations_)
                if (o.what.get() == which) o.stop.emit(boost::asio::cancellation_type::terminal);
        });
    } catch (...) {  // no longer waited for
    }
}

void shard::start(std::shared_ptr<operation> what) {
    std::list<performing>::iterator here;
    try {
        here = operations_.emplace(operations_.end());
    } catch (...) {
        what->fail(out_of_memory());
        return;
    }
    here->what = std::move(what);
    counters_.operations.fetch_add(1, std::memory_order_relaxed);
    auto const slot = here->stop.slot();
    // If the coroutine was destroyed instead of completing, the operation has no result yet.
    certain_end end([this, here](std::exception_ptr failure) noexcept {
        here->what->fail(failure ? failed_with(failure) : said(errc::cancelled, "the call was cancelled"));
        operations_.erase(here);
        counters_.operations.fetch_sub(1, std::memory_order_relaxed);
        count_wire();
    });
    bool const stops = closed_ || here->what->answered();
    operation_context const context{loop_.executor(),  cluster_,           slabs_, counters_, trouble_, sight_.log(),
                                    max_sample_bytes_, first_byte_timeout_};
    boost::asio::co_spawn(loop_.executor(), here->what->run(context),
                          boost::asio::bind_cancellation_slot(slot, std::move(end)));
    if (stops) here->stop.emit(boost::asio::cancellation_type::terminal);
}

void shard::call_later(std::chrono::milliseconds in, void const* whose, later_call what) {
    loop_.post([this, in, whose, f = std::move(what)]() mutable { begin_later(in, whose, std::move(f)); });
}

void shard::begin_later(std::chrono::milliseconds in, void const* whose, later_call what) {
    if (closed_) return;
    std::list<later> fresh;
    try {
        fresh.emplace_back(whose, loop_.executor(), what);
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
    loop_.post([this, whose] {
        for (auto& l : later_)
            if (l.whose == whose) l.timer.cancel();
    });
}

void shard::start(batch_work work) {
    running_list::iterator here;
    try {
        here = running_.emplace(running_.end());
    } catch (...) {
        counters_.batches.fetch_sub(1, std::memory_order_relaxed);
        throw;
    }
    count_busy();
    here->job = work.job;
    auto const slot = here->stop.slot();
    certain_end end([this, here](std::exception_ptr) noexcept { ended(here); });
    fetch_context context(loop_.executor(), client_.pace(), cluster_, slabs_, memory_, bodies_, counters_, trouble_,
                          sight_, reading_, typical_batch_);
    context.max_sample_bytes = max_sample_bytes_;
    context.request_timeout = request_timeout_;
    context.cold_gets = cold_gets_;
    bool const stops = closed_ || work.job->cancelled();
    boost::asio::co_spawn(loop_.executor(), fetch_batch(context, std::move(work)),
                          boost::asio::bind_cancellation_slot(slot, std::move(end)));
    if (stops) here->stop.emit(boost::asio::cancellation_type::terminal);
}

void shard::count_wire() noexcept {
    auto const stats = client_.stats();
    counters_.wire_bytes.store(stats.bytes_read, std::memory_order_relaxed);
    counters_.reads.store(stats.reads, std::memory_order_relaxed);
    counters_.connections.store(stats.connections_opened, std::memory_order_relaxed);
    counters_.round_trip_ns.store(stats.round_trip.count(), std::memory_order_relaxed);
}

// Call when a batch begins or ends.
void shard::count_busy() noexcept {
    auto const before = counters_.busy_ns.load(std::memory_order_relaxed);
    if ((before < 0) == !running_.empty()) return;
    auto const now = std::chrono::steady_clock::now().time_since_epoch().count();
    counters_.busy_ns.store(before < 0 ? before + now : before - now, std::memory_order_relaxed);
}

std::chrono::nanoseconds shard::busy() const noexcept {
    auto const now = std::chrono::steady_clock::now().time_since_epoch().count();
    auto const counted = counters_.busy_ns.load(std::memory_order_relaxed);
    return std::chrono::nanoseconds(counted < 0 ? counted + now : counted);
}

// batch_work has notified the stream.
void shard::ended(running_list::iterator which) noexcept {
    auto const job = std::move(which->job);
    running_.erase(which);
    count_busy();
    count_wire();
    counters_.batches.fetch_sub(1, std::memory_order_relaxed);
    job->pump();
}

}  // namespace aisle::detail
