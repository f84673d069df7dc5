#include "work_items.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace aisle::playground {
namespace {

// AIStore behaviour: for some minutes an item of an ended job is "not found"; after that its job is "not active".
constexpr int ended_jobs_known_after = 4;

// "x-get-batch[gbt-I0XD9QPumC]-ais://tst-fx-04:22:37.724306"
std::string job_name(std::string const& id, bucket_id const& bucket) {
    auto const now = std::chrono::system_clock::now();
    auto const seconds = std::chrono::system_clock::to_time_t(now);
    auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() % 1000000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> clock{};
    auto const size = std::snprintf(clock.data(), clock.size(), "%02d:%02d:%02d.%06d", utc.tm_hour, utc.tm_min,
                                    utc.tm_sec, static_cast<int>(micros));
    return "x-get-batch[" + id + "]-" + (bucket.name.empty() ? "" : bucket.uri() + "-") +
           std::string(clock.data(), static_cast<std::size_t>(size));
}

}  // namespace

bucket_id work_item::bucket_of(codec::get_batch_request_entry const& entry) const {
    if (!entry.uname.empty()) {
        auto named = bucket_id::parse_uname(entry.uname).value_or(bucket_id{});
        // AIStore accepts any provider here.
        named.provider = canonical_provider(named.provider).value_or("ais");
        return named;
    }
    if (entry.bucket.empty()) return bucket;
    return {.name = entry.bucket, .provider = std::string(canonical_provider(entry.provider).value_or("ais"))};
}

std::string work_items::job(bucket_id const& bucket, std::string const& fresh) {
    std::lock_guard const lock(mutex_);
    auto const now = now_();
    auto& id = job_of_bucket_[bucket];
    auto const known = jobs_.find(id);
    if (known != jobs_.end() && !has_ended(known->second, now)) {
        known->second.used = now;
        return id;
    }
    id = fresh;
    jobs_.emplace(id, known_job{job_name(id, bucket), now});
    return id;
}

admission work_items::add(std::string const& job_id, std::string const& item_id,
                          std::shared_ptr<work_item const> item) {
    std::lock_guard const lock(mutex_);
    auto const now = now_();
    auto& count = pending_[{job_id, item->target}];
    if (!count) count = std::make_shared<std::atomic<unsigned>>(0);
    if (*count >= many_pending) drop_expired(now);
    admission out{.pending = *count};
    out.accepted = out.pending < max_pending;
    out.throttled = out.accepted && out.pending >= many_pending;
    if (out.accepted) waiting_.emplace(item_id, waiting{{std::move(item), pending_place(count)}, job_id, now});
    return out;
}

std::variant<std::shared_ptr<work_item const>, no_work_item> work_items::find(std::string const& job_id,
                                                                              std::string const& item_id,
                                                                              unsigned target) {
    using reason = no_work_item::reason;
    std::lock_guard const lock(mutex_);
    auto const now = now_();
    drop_expired(now);
    auto const job = jobs_.find(job_id);
    if (job == jobs_.end()) return no_work_item{};
    if (now - job->second.used > ended_jobs_known_after * job_idle_) return no_work_item{.why = reason::ended_job};
    auto const at = waiting_.find(item_id);
    if (at == waiting_.end() || at->second.what.item->target != target)
        return no_work_item{reason::no_such_item, job->second.name};
    return at->second.what.item;
}

work_items::taken work_items::take(std::string const& item_id) {
    std::lock_guard const lock(mutex_);
    auto const at = waiting_.find(item_id);
    if (at == waiting_.end()) return {};
    if (auto const job = jobs_.find(at->second.job_id); job != jobs_.end()) job->second.used = now_();
    auto what = std::move(at->second.what);
    waiting_.erase(at);
    return what;
}

bool work_items::has_ended(known_job const& job, clock::time_point now) const {
    return now - job.used > job_idle_;
}

void work_items::drop_expired(clock::time_point now) {
    std::erase_if(waiting_, [&](auto const& kept) {
        auto const job = jobs_.find(kept.second.job_id);
        return now - kept.second.since > abandoned_after_ || job == jobs_.end() || has_ended(job->second, now);
    });
}

}  // namespace aisle::playground
