#pragma once

#include "../cluster/cluster.hpp"
#include "../fault/fault_schedule.hpp"
#include "member.hpp"
#include "planned_entry.hpp"
#include "work_items.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// The prefix of the name of a missing entry.
inline constexpr std::string_view missing_prefix = "__404__/";

/// Why a batch ends early: the error response if it is multipart. A stream just ends.
struct refusal {
    int status = 400;
    std::string tcode;
    std::string message;
};

struct planned {
    /// How long the target waited for another target first.
    std::chrono::milliseconds waited{0};
    std::optional<member> entry;
    std::optional<refusal> refused;  ///< set if entry is empty
    /// If both are empty, the job was aborted: the response ends with the entries so far, with status 200.
    bool aborted() const noexcept { return !entry && !refused; }
};

/// Decides, entry by entry in request order, what AIStore's designated target would do with a batch: which entries it
/// owns and which another target forwards (they differ in names, metadata and errors), which are missing, and when it
/// gives up. Not thread-safe.
class entry_planner {
public:
    /// AIStore's defaults (get_batch.max_soft_errs, get_batch.max_gfn).
    static constexpr unsigned max_soft_errors = 8;
    static constexpr unsigned max_fetches = 5;

    entry_planner(cluster& home, shard_cache& shards, std::shared_ptr<work_item const> item, answer_faults faults);

    /// Counts of what went wrong so far.
    struct trouble_counts {
        unsigned soft_errors = 0;  ///< placeholders
        unsigned fetches = 0;      ///< entries fetched from their owner
        unsigned fetch_errors = 0;
        std::chrono::nanoseconds waited{0};  ///< time spent waiting for entries that other targets do not send
    };
    trouble_counts const& troubles() const noexcept { return troubles_; }

    /// The plan of an entry. Call it for all entries in order, from 0.
    planned plan(std::size_t index);
    /// Opens the source of a member again, if the caller has closed it.
    void reopen(std::size_t index, member& m);

private:
    planned_entry begin(std::size_t index);
    planned plan_local(planned_entry& at);
    planned plan_forwarded(planned_entry& at);
    planned plan_fetched(planned_entry& at);
    planned plan_whole(planned_entry& at);
    // Why the batch ends now, if it does.
    std::optional<planned> ended_by_abort();
    bool arrives_from(unsigned sender) const;
    refusal too_many_soft_errors() const;
    refusal hole(planned_entry const& at) const;
    std::string job_name() const;
    planned placeholder(planned_entry& at, std::string name, std::string why);
    void select_bucket_of(codec::get_batch_request_entry const& entry);

    cluster& home_;
    shard_cache& shards_;
    std::shared_ptr<work_item const> item_;
    answer_faults faults_;
    codec::get_batch_request_entry const* bucket_from_ = nullptr;  // an entry with this bucket
    bucket_id bucket_id_;
    std::string bucket_uri_;
    std::shared_ptr<bucket> bucket_;
    trouble_counts troubles_;
    std::vector<bool> silent_;           // targets that have stopped sending for this batch
    std::uint64_t aborts_at_begin_ = 0;  // aborts of the job so far
    bool begun_ = false;
};

}  // namespace aisle::playground
