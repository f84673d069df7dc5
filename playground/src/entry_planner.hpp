#pragma once

#include "cluster.hpp"
#include "fault_schedule.hpp"
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

/// What the name of a missing entry begins with.
inline constexpr std::string_view missing_prefix = "__404__/";

/// Why a batch ends early: what a multipart answer says instead. A stream just ends.
struct refusal {
    int status = 400;
    std::string tcode;
    std::string message;
};

struct planned {
    /// How long the target waited for another one before it knew.
    std::chrono::milliseconds waited{0};
    std::optional<member> entry;
    std::optional<refusal> refused;  ///< when entry is empty
    /// When both are empty: the job was aborted, and the answer ends with what there is, under 200.
    bool aborted() const noexcept { return !entry && !refused; }
};

/// Decides, entry by entry in request order, what AIStore's designated target would do with a batch: which entries it
/// owns itself and which another target forwards (they differ in names, metadata and errors), what is missing, and
/// when it gives up. Not thread-safe.
class entry_planner {
public:
    /// AIStore's defaults (get_batch.max_soft_errs, get_batch.max_gfn).
    static constexpr unsigned max_soft_errors = 8;
    static constexpr unsigned max_fetches = 5;

    entry_planner(cluster& home, shard_cache& shards, std::shared_ptr<work_item const> item, answer_faults faults);

    /// The next entry's plan. Entries must be asked for in order, from 0.
    planned plan(std::size_t index);
    /// Opens the member's source again, for a caller that let go of it.
    void reopen(std::size_t index, member& m);

private:
    planned_entry begin(std::size_t index);
    planned plan_local(planned_entry& at);
    planned plan_forwarded(planned_entry& at);
    planned plan_fetched(planned_entry& at);
    planned plan_whole(planned_entry& at);
    // Why nothing comes of this batch from now on, when it is so.
    std::optional<planned> ended_by_abort();
    bool arrives_from(unsigned sender) const;
    refusal too_many_soft_errors() const;
    refusal hole(planned_entry const& at) const;
    std::string job_name() const;
    planned placeholder(planned_entry& at, std::string name, std::string why);
    void choose_bucket_of(codec::moss_request_entry const& entry);

    cluster& home_;
    shard_cache& shards_;
    std::shared_ptr<work_item const> item_;
    answer_faults faults_;
    codec::moss_request_entry const* bucket_from_ = nullptr;  // an entry whose bucket this is
    bucket_id bucket_id_;
    std::string bucket_uri_;
    std::shared_ptr<bucket> bucket_;
    unsigned soft_errors_ = 0;
    unsigned fetches_ = 0;
    std::vector<bool> silent_;           // targets that stopped sending for this batch
    std::uint64_t aborts_at_begin_ = 0;  // of the job
    bool begun_ = false;
};

}  // namespace aisle::playground
