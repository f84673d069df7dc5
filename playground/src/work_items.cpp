#include "work_items.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace aisle::playground {
namespace {

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

bucket_id work_item::bucket_of(codec::moss_request_entry const& entry) const {
    if (!entry.uname.empty()) {
        auto named = bucket_id::parse_uname(entry.uname).value_or(bucket_id{});
        // AIStore takes any text for a provider here.
        named.provider = canonical_provider(named.provider).value_or("ais");
        return named;
    }
    if (entry.bucket.empty()) return bucket;
    return {.name = entry.bucket, .provider = std::string(canonical_provider(entry.provider).value_or("ais"))};
}

std::string work_items::job(bucket_id const& bucket, std::string const& fresh) {
    std::lock_guard const lock(mutex_);
    auto const [at, is_new] = job_of_bucket_.try_emplace(bucket, fresh);
    if (is_new) jobs_.emplace(fresh, job_name(fresh, bucket));
    return at->second;
}

bool work_items::add(std::string const& job_id, std::string const& item_id, std::shared_ptr<work_item const> item) {
    std::lock_guard const lock(mutex_);
    auto const pending = [&] {
        return std::ranges::count_if(waiting_, [&](auto const& kept) {
            return kept.second.job_id == job_id && kept.second.item->target == item->target;
        });
    };
    if (waiting_.size() >= max_pending) {
        drop_expired();
        if (static_cast<std::size_t>(pending()) >= max_pending) return false;
    }
    waiting_.emplace(item_id, waiting{std::move(item), job_id, std::chrono::steady_clock::now()});
    return true;
}

std::variant<std::shared_ptr<work_item const>, no_work_item> work_items::find(std::string const& job_id,
                                                                              std::string const& item_id,
                                                                              unsigned target) {
    std::lock_guard const lock(mutex_);
    drop_expired();
    auto const job = jobs_.find(job_id);
    if (job == jobs_.end()) return no_work_item{};
    auto const at = waiting_.find(item_id);
    if (at == waiting_.end() || at->second.item->target != target) return no_work_item{true, job->second};
    return at->second.item;
}

std::shared_ptr<work_item const> work_items::take(std::string const& item_id) {
    std::lock_guard const lock(mutex_);
    auto const at = waiting_.find(item_id);
    if (at == waiting_.end()) return nullptr;
    auto item = std::move(at->second.item);
    waiting_.erase(at);
    return item;
}

void work_items::drop_expired() {
    auto const now = std::chrono::steady_clock::now();
    std::erase_if(waiting_, [now](auto const& kept) { return now - kept.second.since > lifetime; });
}

}  // namespace aisle::playground
