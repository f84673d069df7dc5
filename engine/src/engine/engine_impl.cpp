#include "engine_impl.hpp"

#include "../cluster/proxy_list.hpp"
#include "engine_options.hpp"
#include "shard.hpp"

#include <aisle/codec/archive_format.hpp>

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

engine_impl::engine_impl(engine_options options) : options_(std::move(options)), slabs_(options_.memory_budget_bytes) {
    check_options(options_);
    static_cast<void>(endpoints_of(options_));
    if (auto const token = authorization(options_.credentials); !token) throw exception(token.error());
}

engine_impl::~engine_impl() {
    close();
}

void engine_impl::start_shards() {
    if (!shards_.empty()) return;
    auto const count = shard_count(options_);
    for (unsigned i = 0; i < count; ++i)
        shards_.push_back(std::make_unique<shard>(options_, endpoints_of(options_), count, slabs_, memory_, trouble_));
}

std::shared_ptr<stream_job> engine_impl::open(batch_source source, stream_options options, sample_sink sink,
                                              std::function<void(result<summary>)> finished) {
    if (!codec::archive_format_named(options.output_format))
        throw exception(
            {errc::unsupported, stage::usage,
             "output format \"" + options.output_format + "\" is none of " + codec::archive_format_names()});
    auto job = std::make_shared<stream_job>(weak_from_this(), std::move(source), std::move(options), std::move(sink),
                                            std::move(finished));
    {
        std::lock_guard lock(mutex_);
        start_shards();
        std::erase_if(jobs_, [](auto const& j) { return j.expired(); });
        jobs_.push_back(job);
    }
    if (auto const limit = job->options().run_timeout; limit.count() > 0) end_after(job, limit);
    job->pump();
    return job;
}

void engine_impl::close() noexcept {
    std::vector<std::weak_ptr<stream_job>> jobs;
    std::vector<std::unique_ptr<shard>> shards;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        jobs.swap(jobs_);
    }
    for (auto const& j : jobs)
        if (auto const job = j.lock()) job->cancel({errc::cancelled, stage::usage, "the engine was destroyed"});
    {
        std::lock_guard lock(mutex_);
        shards.swap(shards_);
    }
    shards.clear();
}

void engine_impl::dispatch(batch_work work) {
    {
        std::lock_guard lock(mutex_);
        if (!closed_) {
            auto const least_busy = std::min_element(shards_.begin(), shards_.end(), [](auto const& a, auto const& b) {
                return a->counters().batches.load() < b->counters().batches.load();
            });
            (*least_busy)->fetch(std::move(work));
            return;
        }
    }
    memory_.release(work.reserved_bytes);
    batch_report nothing;
    nothing.batch = work.number;
    work.job->on_answered(work, nothing);
    work.job->on_end(nothing);
}

void engine_impl::cancel_batches_of(std::shared_ptr<stream_job> const& job) {
    std::lock_guard lock(mutex_);
    for (auto const& s : shards_) s->cancel_batches_of(job);
}

void engine_impl::look_again_soon(std::weak_ptr<stream_job> job) {
    std::lock_guard lock(mutex_);
    if (!shards_.empty())
        shards_.front()->call_later(std::chrono::milliseconds(20), [j = std::move(job)] {
            if (auto const alive = j.lock()) alive->look_again();
        });
}

void engine_impl::end_after(std::weak_ptr<stream_job> job, std::chrono::milliseconds limit) {
    std::lock_guard lock(mutex_);
    if (shards_.empty()) return;
    shards_.front()->call_later(limit, [j = std::move(job)] {
        if (auto const alive = j.lock())
            alive->cancel({errc::deadline_exceeded, stage::usage, "the stream took longer than its run_timeout"});
    });
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
    for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job)
        if (auto const newest = job->lock()) {
            out.window = newest->window();
            break;
        }
    return out;
}

}  // namespace aisle::detail
