#pragma once

#include "bucket_id.hpp"

#include <aisle/codec/moss.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
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

/// Why a redirect cannot be used.
struct no_work_item {
    bool job_known = false;  ///< the job runs, the item is gone (used, or never there)
    std::string job_name;    ///< as AIStore names it in the error
};

/// The work items of all targets. AIStore behaviour: one job a bucket of the URL, at most 256 items waiting for each
/// job and target, each of them good for one use and for a minute. Thread-safe.
class work_items {
public:
    static constexpr std::size_t max_pending = 256;
    static constexpr std::chrono::seconds lifetime{60};

    /// Id of the job for a bucket; `fresh` becomes the id when there is none yet.
    std::string job(bucket_id const& bucket, std::string const& fresh);
    /// Keeps an item under its id. False when max_pending are waiting.
    bool add(std::string const& job_id, std::string const& item_id, std::shared_ptr<work_item const> item);
    /// Looks without taking.
    std::variant<std::shared_ptr<work_item const>, no_work_item> find(std::string const& job_id,
                                                                      std::string const& item_id, unsigned target);
    /// Takes the item for its one use. Empty when another was faster.
    std::shared_ptr<work_item const> take(std::string const& item_id);

private:
    struct waiting {
        std::shared_ptr<work_item const> item;
        std::string job_id;
        std::chrono::steady_clock::time_point since;
    };

    void drop_expired();

    std::mutex mutex_;
    std::map<bucket_id, std::string> job_of_bucket_;
    std::map<std::string, std::string> jobs_;  // the name of each in errors
    std::map<std::string, waiting> waiting_;
};

}  // namespace aisle::playground
