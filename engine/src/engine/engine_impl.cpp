#include "engine_impl.hpp"

#include "../cluster/proxy_list.hpp"
#include "engine_options.hpp"
#include "failure.hpp"
#include "shard.hpp"

#include <algorithm>
#include <thread>

namespace aisle::detail {
namespace {

std::vector<http::url> endpoints_of(engine_options const& o) {
    auto urls = read_endpoints(o.endpoint);
    if (!urls) throw exception(urls.error());
    return std::move(*urls);
}

// A shard saturates one core with a fast network; the other cores belong to decoding and augmentation.
unsigned shard_count(engine_options const& o) {
    if (o.shards != automatic) return o.shards;
    return std::clamp(std::thread::hardware_concurrency() / 4, 1u, 4u);
}

}  // namespace

engine_impl::engine_impl(engine_options options)
    : options_(checked(std::move(options))), slabs_(options_.memory_budget_bytes) {
    static_cast<void>(endpoints_of(options_));
    if (auto const token = authorization(options_.credentials); !token) throw exception(token.error());
}

engine_impl::~engine_impl() {
    close();
}

void engine_impl::start_shards() {
    if (!shards_.empty()) return;
    auto const count = shard_count(options_);
    std::vector<std::unique_ptr<shard>> all;
    for (unsigned i = 0; i < count; ++i)
        all.push_back(std::make_unique<shard>(options_, endpoints_of(options_), count, slabs_, memory_, trouble_));
    shards_ = std::move(all);
}

std::shared_ptr<stream_job> engine_impl::open(batch_source source, stream_options options, sample_sink sink,
                                              std::function<void(result<summary>)> finished) {
    auto job = std::make_shared<stream_job>(weak_from_this(), std::move(source), checked(std::move(options)),
                                            std::move(sink), std::move(finished));
    {
        std::lock_guard lock(mutex_);
        start_shards();
        jobs_.push_back(job);
    }
    try {
        end_after(job, job->options().run_timeout);
    } catch (...) {
        forget(*job);
        throw;
    }
    job->pump();
    return job;
}

void engine_impl::close() noexcept {
    std::vector<std::shared_ptr<stream_job>> jobs;
    std::vector<std::unique_ptr<shard>> shards;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        jobs.swap(jobs_);
    }
    for (auto const& job : jobs) job->abandon(said(errc::cancelled, "the engine was destroyed"));
    {
        std::lock_guard lock(mutex_);
        shards.swap(shards_);
    }
    for (auto const& s : shards) s->stop();
    // A thread cannot wait for itself: the one that this is called on goes on until it is back from here.
    for (auto& s : shards)
        if (s->is_this_thread())
            shard::outlive(std::move(s), shared_from_this());
        else
            s.reset();
}

void engine_impl::dispatch(std::shared_ptr<batch_work> const& work) {
    {
        std::lock_guard lock(mutex_);
        if (!closed_) {
            auto const least_busy = std::min_element(shards_.begin(), shards_.end(), [](auto const& a, auto const& b) {
                return a->counters().batches.load() < b->counters().batches.load();
            });
            (*least_busy)->fetch(work);
            return;
        }
    }
    work->job->cancel(said(errc::cancelled, "the engine was destroyed"));
    batch_report nothing;
    nothing.batch = work->number;
    work->tell_answered(nothing);
    work->tell_end(nothing);
}

void engine_impl::cancel_batches_of(std::shared_ptr<stream_job> const& job) noexcept {
    for (int tries = 0; tries < 100; ++tries) try {
            std::lock_guard lock(mutex_);
            for (auto const& s : shards_) s->cancel_batches_of(job);
            return;
        } catch (...) {
            std::this_thread::yield();
        }
}

void engine_impl::look_again_soon(std::weak_ptr<stream_job> job) {
    constexpr std::chrono::milliseconds a_moment{20};
    std::lock_guard lock(mutex_);
    if (shards_.empty()) return;
    shards_.front()->call_later(a_moment, nullptr, [j = std::move(job)](std::exception_ptr) {
        if (auto const alive = j.lock()) alive->look_again();
    });
}

void engine_impl::end_after(std::shared_ptr<stream_job> const& job, std::chrono::milliseconds limit) {
    if (limit <= limit.zero()) return;
    std::lock_guard lock(mutex_);
    if (shards_.empty()) return;
    shards_.front()->call_later(limit, job.get(), [j = std::weak_ptr(job)](std::exception_ptr failure) {
        auto const alive = j.lock();
        if (!alive) return;
        if (failure)
            alive->fail(failure);
        else
            alive->cancel(said(errc::deadline_exceeded, "the stream took longer than its run_timeout"));
    });
}

void engine_impl::forget(stream_job const& job) noexcept {
    std::shared_ptr<stream_job> last;  // its destructor is called without the lock
    std::lock_guard lock(mutex_);
    auto const here = std::find_if(jobs_.begin(), jobs_.end(), [&](auto const& j) { return j.get() == &job; });
    if (here == jobs_.end()) return;
    last = std::move(*here);
    jobs_.erase(here);
    auto const limit = job.options().run_timeout;
    if (limit > limit.zero() && !shards_.empty()) try {
            shards_.front()->forget(&job);
        } catch (...) {  // it then expires, and finds nobody
        }
}

engine_stats engine_impl::stats() const {
    engine_stats out;
    out.slab_bytes_in_use = slabs_.in_use_bytes();
    out.slab_bytes_kept = slabs_.kept_bytes();
    out.slab_bytes_idle = slabs_.idle_bytes();
    out.trouble = trouble_.get();
    std::lock_guard lock(mutex_);
    for (auto const& s : shards_) {
        auto const& c = s->counters();
        out.samples_delivered += c.samples.load(std::memory_order_relaxed);
        out.payload_bytes += c.payload_bytes.load(std::memory_order_relaxed);
        out.tail_faults += c.tail_faults.load(std::memory_order_relaxed);
        out.requests += c.requests.load(std::memory_order_relaxed);
        out.retries += c.retries.load(std::memory_order_relaxed);
        out.hedges += c.hedges.load(std::memory_order_relaxed);
        out.hedges_won += c.hedges_won.load(std::memory_order_relaxed);
        out.plain_gets += c.plain_gets.load(std::memory_order_relaxed);
        out.cold += c.cold.load(std::memory_order_relaxed);
        out.refusals += c.refusals.load(std::memory_order_relaxed);
        out.redirects_dropped += c.redirects_dropped.load(std::memory_order_relaxed);
        out.wire_bytes += c.wire_bytes.load(std::memory_order_relaxed);
        out.reads += c.reads.load(std::memory_order_relaxed);
        out.connections += c.connections.load(std::memory_order_relaxed);
        out.batches_in_flight += c.batches.load(std::memory_order_relaxed);
    }
    if (!jobs_.empty()) out.window = jobs_.back()->window();
    return out;
}

}  // namespace aisle::detail
