#pragma once

#include "bucket_id.hpp"

#include <aisle/codec/moss.hpp>

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

/// A Get-Batch request that the proxy registered with its designated target and that waits for the client's second
/// request.
struct work_item {
    codec::moss_request request;
    bucket_id bucket;  ///< of the URL; its name may be empty
    std::string job_id;
    std::string id;
    unsigned target = 0;

    /// The bucket of an entry that was checked. AIStore behaviour: `uname` before `bucket`, of ais when no provider is
    /// with it, before the URL's; a provider alone counts for nothing.
    bucket_id bucket_of(codec::moss_request_entry const& entry) const;
};

/// One of the pending places of a job at a target, until it is destroyed.
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

/// Why a redirect cannot be used.
struct no_work_item {
    enum class reason : std::uint8_t {
        no_job,       ///< there was never such a job
        ended_job,    ///< it ended long ago
        no_such_item  ///< it was used, was dropped, or was never there
    } why = reason::no_job;
    std::string job_name = {};  ///< as AIStore names it in the error
};

/// How a work item was received.
struct admission {
    bool accepted = false;
    bool throttled = false;  ///< so many are pending that the target sleeps first
    unsigned pending = 0;    ///< before this one
};

/// The work items of all targets. AIStore behaviour: one job a bucket of the URL; at most 256 items pending for each
/// job and target, those that are being answered among them; from 96 on each is taken in with a delay. An item is good
/// for one use, and is dropped when its job was idle for some time, or after longer on a busy one. Thread-safe.
class work_items {
public:
    static constexpr unsigned many_pending = 96;
    static constexpr unsigned max_pending = 256;

    using clock = std::chrono::steady_clock;

    /// now: for tests.
    work_items(std::chrono::milliseconds job_idle, std::chrono::milliseconds abandoned_after,
               std::function<clock::time_point()> now = clock::now)
        : job_idle_(job_idle), abandoned_after_(abandoned_after), now_(std::move(now)) {}

    /// Id of the job for a bucket; `fresh` becomes the id when there is none, or the one there was has ended.
    std::string job(bucket_id const& bucket, std::string const& fresh);
    /// Keeps an item under its id, unless max_pending are pending.
    admission add(std::string const& job_id, std::string const& item_id, std::shared_ptr<work_item const> item);
    /// Looks without taking.
    std::variant<std::shared_ptr<work_item const>, no_work_item> find(std::string const& job_id,
                                                                      std::string const& item_id, unsigned target);
    /// An item and the place it has until its answer is complete.
    struct taken {
        std::shared_ptr<work_item const> item;
        pending_place place;
    };
    /// Takes the item for its one use. No item when another was faster.
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
