#pragma once

#include "../store/bucket_id.hpp"

#include <aisle/codec/json/get_batch.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

namespace aisle::playground {

/// A Get-Batch request that the proxy has registered with the designated target, and that waits for the client's second
/// request.
struct work_item {
    codec::get_batch_request request;
    bucket_id bucket;  ///< of the URL; its name may be empty
    std::string job_id;
    std::string id;
    unsigned target = 0;

    /// The bucket of a valid entry. AIStore behaviour: `uname` takes precedence over `bucket`, which takes precedence
    /// over the URL. A bucket without provider is an ais bucket; a provider without bucket is ignored.
    bucket_id bucket_of(codec::get_batch_request_entry const& entry) const;
};

/// Counts as one pending item of a job at a target until it is destroyed.
class pending_place {
public:
    pending_place() = default;
    explicit pending_place(std::shared_ptr<std::atomic<unsigned>> count) : count_(std::move(count)) { ++*count_; }
    pending_place(pending_place&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    pending_place& operator=(pending_place&& other) noexcept {
        std::swap(count_, other.count_);
        return *this;
    }
    ~pending_place() {
        if (count_) --*count_;
    }

private:
    std::shared_ptr<std::atomic<unsigned>> count_;
};

/// Why a redirect is invalid.
struct no_work_item {
    enum class reason : std::uint8_t {
        no_job,       ///< there was never such a job
        ended_job,    ///< it ended long ago
        no_such_item  ///< it was used, dropped, or never existed
    } why = reason::no_job;
    std::string job_name = {};  ///< the name of the job in the error message
};

/// The result of adding a work item.
struct admission {
    bool accepted = false;
    bool throttled = false;  ///< many are pending, so the target sleeps first
    unsigned pending = 0;    ///< before this one
};

/// The work items of all targets. AIStore behaviour: one job per bucket of the URL; at most 256 pending items per job
/// and target, including those that are being answered; from 96 on, accepting one is delayed. An item can be used once.
/// It is dropped if its job has been idle for some time, and later even if the job is busy. Thread-safe.
class work_items {
public:
    static constexpr unsigned many_pending = 96;
    static constexpr unsigned max_pending = 256;

    using clock = std::chrono::steady_clock;

    /// now: for tests.
    work_items(std::chrono::milliseconds job_idle, std::chrono::milliseconds abandoned_after,
               std::function<clock::time_point()> now = clock::now)
        : job_idle_(job_idle), abandoned_after_(abandoned_after), now_(std::move(now)) {}

    /// The ID of the job for a bucket. If there is none, or it has ended, a job with the ID `fresh` is created.
    std::string job(bucket_id const& bucket, std::string const& fresh);
    /// Adds an item under its ID, unless max_pending are pending.
    admission add(std::string const& job_id, std::string const& item_id, std::shared_ptr<work_item const> item);
    /// Finds an item without removing it.
    std::variant<std::shared_ptr<work_item const>, no_work_item> find(std::string const& job_id,
                                                                      std::string const& item_id, unsigned target);
    /// An item, and its place among the pending ones until its response is complete.
    struct taken {
        std::shared_ptr<work_item const> item;
        pending_place place;
    };
    /// Removes and returns the item. No item if another request was faster.
    taken take(std::string const& item_id);

private:
    struct waiting {
        taken what;
        std::string job_id;
        clock::time_point since;
    };
    struct known_job {
        std::string name;
        clock::time_point used;
    };

    void drop_expired(clock::time_point now);
    bool has_ended(known_job const& job, clock::time_point now) const;

    std::chrono::milliseconds job_idle_;
    std::chrono::milliseconds abandoned_after_;
    std::function<clock::time_point()> now_;
    std::mutex mutex_;
    std::map<bucket_id, std::string> job_of_bucket_;
    std::map<std::string, known_job> jobs_;
    std::map<std::string, waiting> waiting_;
    std::map<std::pair<std::string, unsigned>, std::shared_ptr<std::atomic<unsigned>>> pending_;  // job, target
};

}  // namespace aisle::playground
