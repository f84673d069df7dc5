#include "engine_impl.hpp"

#include "../cluster/proxy_list.hpp"
#include "engine_options.hpp"
#include "failure.hpp"
#include "link_speed.hpp"
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

// With a fast network one shard uses a whole core; the other cores are for decoding and augmentation.
unsigned shard_count(engine_options const& o) {
    if (o.shards != automatic) return o.shards;
    return std::clamp(std::thread::hardware_concurrency() / 4, 1u, 4u);
}

}  // namespace

engine_impl::engine_impl(engine_options options, run_by who)
    : options_(checked(std::move(options))),
      log_(options_.log),
      slabs_(options_.memory_budget_bytes, options_.sample_memory),
      who_(who) {
    static_cast<void>(endpoints_of(options_));
    if (who_ == run_by::caller && options_.shards > 1)
        throw exception({errc::invalid_argument, stage::usage,
                         "shards is " + std::to_string(options_.shards) +
                             ": an engine on the caller's loop has 1; create several engines"});
    if (auto const token = authorization(options_.credentials); !token) throw exception(token.error());
}

engine_impl::~engine_impl() {
    close();
}

void engine_impl::start_shards() {
    if (lost_) throw exception({errc::unsupported, stage::usage, lost_});
    if (!shards_.empty()) return;
    auto const count = who_ == run_by::caller ? 1 : shard_count(options_);
    std::vector<std::shared_ptr<shard>> all;
    all.reserve(count);
    for (unsigned i = 0; i < count; ++i)
        all.push_back(
            std::make_shared<shard>(options_, endpoints_of(options_), who_, i, count, slabs_, memory_, trouble_, log_));
    shards_ = std::move(all);
}

std::shared_ptr<stream_job> engine_impl::open(batch_source source, stream_options options, sample_sink sink,
                                              std::function<void(result<summary>)>&& finished) {
    resume();
    auto job =
        std::make_shared<stream_job>(weak_from_this(), std::move(source), checked(std::move(options)), std::move(sink));
    {
        std::lock_guard lock(mutex_);
        start_shards();
        jobs_.push_back(job);
        job->on_finish(std::move(finished));  // under the lock, so that abandon_all() finds it
    }
    try {
        end_after(job, job->options().run_timeout);
    } catch (...) {
        forget(*job);
        finished = job->without_finish();
        throw;
    }
    job->pump();
    return job;
}

void engine_impl::abandon_all(char const* why) noexcept {
    std::vector<std::shared_ptr<stream_job>> jobs;
    std::vector<std::weak_ptr<operation>> operations;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        jobs.swap(jobs_);
        operations.swap(operations_);
    }
    for (auto const& o : operations)
        if (auto const alive = o.lock()) alive->fail(said(errc::cancelled, why));
    for (auto const& job : jobs) job->abandon(said(errc::cancelled, why));
}

void engine_impl::close() noexcept {
    // The threads are needed to end what is in progress.
    for (bool runs = false; !runs;) try {
            resume();
            runs = true;
        } catch (...) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    abandon_all("the engine was destroyed");
    std::vector<std::shared_ptr<shard>> shards;
    {
        std::lock_guard lock(mutex_);
        shards.swap(shards_);
    }
    for (auto const& s : shards) s->stop();
    // A thread cannot wait for itself: the calling thread, if it is one of them, ends after this call.
    for (auto& s : shards)
        if (s->loop().is_this_thread())
            shard::outlive(std::move(s), shared_from_this());
        else
            s.reset();
    log_.close();
    options_.log.hook = nullptr;
}

void engine_impl::perform(std::shared_ptr<operation> const& what) {
    resume();
    char const* why = "the engine was destroyed";
    {
        std::lock_guard lock(mutex_);
        if (!closed_) {
            start_shards();
            std::erase_if(operations_, [](auto const& o) { return o.expired(); });
            operations_.push_back(what);
            shards_[next_shard_++ % shards_.size()]->perform(what);
            return;
        }
        if (lost_) why = lost_;
    }
    what->fail(said(errc::cancelled, why));
}

void engine_impl::cancel(operation const& what) noexcept {
    std::lock_guard lock(mutex_);
    for (auto const& s : shards_) s->cancel(what);
}

void engine_impl::lose_loop(char const* why) noexcept {
    {
        std::lock_guard lock(mutex_);
        if (closed_) return;
        lost_ = why;
    }
    abandon_all(why);
}

// ---- around a fork

void engine_impl::halt() {
    std::lock_guard const halting(halting_);
    if (halted_ || who_ == run_by::caller) return;
    std::vector<std::shared_ptr<shard>> all;
    std::vector<std::shared_ptr<stream_job>> jobs;
    {
        std::lock_guard lock(mutex_);
        all = shards_;
        jobs = jobs_;
    }
    // Without the lock: a callback that halt() waits for may need it.
    for (auto const& s : all) s->loop().halt();
    // A consumer may wait for a delayed wake-up.
    for (auto const& job : jobs) job->wake();
    std::lock_guard lock(mutex_);
    for (auto const& s : all) s->loop().before_fork();
    halted_ = true;
}

void engine_impl::resume() {
    if (!halted_.load(std::memory_order_acquire)) return;
    std::lock_guard const halting(halting_);
    std::lock_guard lock(mutex_);
    if (!halted_) return;
    for (auto const& s : shards_) s->loop().resume();
    halted_ = false;
}

bool engine_impl::has_work() const {
    std::lock_guard lock(mutex_);
    return !jobs_.empty() || !std::ranges::all_of(operations_, [](auto const& o) { return o.expired(); });
}

bool engine_impl::is_own_thread() const {
    std::lock_guard lock(mutex_);
    return std::ranges::any_of(shards_, [](auto const& s) { return s->loop().is_this_thread(); });
}

// ---- on the caller's loop

int engine_impl::descriptor() {
    std::lock_guard lock(mutex_);
    start_shards();
    return shards_.front()->loop().descriptor();
}

void engine_impl::run_ready() {
    auto const self = shared_from_this();  // a callback may destroy the engine
    std::shared_ptr<shard> only;
    {
        std::lock_guard lock(mutex_);
        if (shards_.empty()) return;
        only = shards_.front();
    }
    only->loop().run_ready();
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

void engine_impl::pump_again_in(std::chrono::milliseconds delay, std::weak_ptr<stream_job> job) {
    std::lock_guard lock(mutex_);
    if (shards_.empty()) return;
    shards_.front()->call_later(delay, nullptr, [j = std::move(job)](std::exception_ptr) {
        if (auto const alive = j.lock()) alive->pump_again();
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
    std::shared_ptr<stream_job> last;  // destroyed after the lock is released
    std::lock_guard lock(mutex_);
    auto const here = std::find_if(jobs_.begin(), jobs_.end(), [&](auto const& j) { return j.get() == &job; });
    if (here == jobs_.end()) return;
    last = std::move(*here);
    jobs_.erase(here);
    auto const consumed = last->consumed();
    past_.waited += consumed.waited;
    past_.open += consumed.open;
    auto const limit = job.options().run_timeout;
    if (limit > limit.zero() && !shards_.empty()) try {
            shards_.front()->forget(&job);
        } catch (...) {  // the timer then expires without effect
        }
}

engine_stats engine_impl::stats() const {
    engine_stats out;
    out.slab_bytes_in_use = slabs_.in_use_bytes();
    out.held_bytes = slabs_.kept_bytes();
    out.slab_bytes_idle = slabs_.idle_bytes();
    out.trouble = trouble_.get();
    out.elapsed = std::chrono::steady_clock::now() - began_;
    std::call_once(link_read_, [this] { link_bytes_per_s_ = link_speed_to(endpoints_of(options_)); });
    out.link_bytes_per_s = link_bytes_per_s_;
    std::lock_guard lock(mutex_);
    out.threads = static_cast<std::uint32_t>(shards_.size());
    for (auto const& s : shards_) {
        s->sight().latency.add_to(out.latency);
        s->sight().targets.add_to(out.targets);
        out.cpu += s->cpu();
        out.busy += s->busy();
        auto const& c = s->counters();
        out.round_trip =
            std::max(out.round_trip, std::chrono::nanoseconds(c.round_trip_ns.load(std::memory_order_relaxed)));
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
        out.calls_in_flight += c.operations.load(std::memory_order_relaxed);
    }
    out.consumer = past_.waited;
    out.streams = past_.open;
    for (auto const& job : jobs_) {
        auto const consumed = job->consumed();
        out.consumer += consumed.waited;
        out.streams += consumed.open;
    }
    if (!jobs_.empty()) out.window = jobs_.back()->window();
    return out;
}

}  // namespace aisle::detail
