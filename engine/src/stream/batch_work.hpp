#pragma once

#include <aisle/batch.hpp>
#include <aisle/options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace aisle::detail {

class memory_budget;
class stream_job;

/// One batch in progress: what a shard needs to fetch it, and its stream. If it is destroyed before the batch's end
/// was reported, as without memory to continue, it reports that to the stream, which then ends with an error.
class batch_work {
public:
    /// Reserves the bytes. memory outlives it.
    batch_work(std::shared_ptr<stream_job> of, std::shared_ptr<batch const> entries, std::uint64_t number,
               std::string bucket, memory_budget& memory, std::size_t reserved_bytes) noexcept;
    batch_work(batch_work&& other) noexcept;
    batch_work& operator=(batch_work&&) = delete;
    ~batch_work();

    /// The last sample of the batch has been passed on.
    void tell_answered(batch_report const& report);
    /// The response was read to its end and checked, or given up. After tell_answered().
    void tell_end(batch_report const& report);
    bool answered() const noexcept { return told_answered_; }
    bool ended() const noexcept { return told_end_; }

    /// Bytes reserved in the engine's budget for requested data that has not arrived.
    std::size_t reserved() const noexcept { return reserved_; }
    void reserve_up_to(std::size_t bytes) noexcept;
    void release(std::size_t bytes) noexcept;

    std::shared_ptr<stream_job> job;
    std::shared_ptr<batch const> what;
    std::uint64_t number = 0;
    std::string path_bucket;  ///< for the request's URL; chosen from the entries
    bool as_objects = false;  ///< a plain GET of each entry instead of Get-Batch
    std::uint64_t form_round = 0;

private:
    memory_budget* memory_;
    std::size_t reserved_;
    bool told_answered_ = false;
    bool told_end_ = false;
};

}  // namespace aisle::detail
