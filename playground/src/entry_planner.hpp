#pragma once

#include "cluster.hpp"
#include "fault_schedule.hpp"
#include "shard_index.hpp"
#include "work_items.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// What the designated target puts into the archive for one entry, and what the metadata says of it.
struct member {
    std::string name;
    std::uint64_t offset = 0;  ///< of the data within the source
    std::uint64_t size = 0;
    std::int64_t modified_seconds = 0;
    /// Where the data is; empty when size is 0.
    std::optional<stored_object> source;
    codec::moss_out out;
};

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
    struct context;

    planned plan_local(context& at);
    planned plan_forwarded(context& at);
    planned plan_fetched(context& at);
    refusal too_many_soft_errors() const;
    refusal hole(context const& at) const;
    std::string job_name() const;
    planned placeholder(context& at, std::string name, std::string why);
    void apply_faults(std::size_t index, context const& at, member& m) const;
    bucket* bucket_of(codec::moss_request_entry const& entry);
    std::string_view bucket_name_of(codec::moss_request_entry const& entry) const;

    cluster& home_;
    shard_cache& shards_;
    std::shared_ptr<work_item const> item_;
    answer_faults faults_;
    std::shared_ptr<bucket> last_bucket_;
    std::string last_bucket_name_;
    unsigned soft_errors_ = 0;
    unsigned fetches_ = 0;
    std::vector<bool> silent_;  // targets that stopped sending for this batch
};

/// The bucket in a `uname` ("ais/@#/bucket/"), nothing when it has another form.
std::optional<std::string_view> bucket_of_uname(std::string_view uname) noexcept;

}  // namespace aisle::playground
