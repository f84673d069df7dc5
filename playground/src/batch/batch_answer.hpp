#pragma once

#include "../archive/archive_encoder.hpp"
#include "../archive/archive_writer.hpp"
#include "../archive/output_format.hpp"
#include "../http/chunked_body.hpp"
#include "../http/response.hpp"
#include "batch_tally.hpp"
#include "entry_planner.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aisle::playground {

/// The inputs of a Get-Batch response.
struct batch_order {
    request head;
    std::string node_name;
    std::string job_id;
    std::shared_ptr<work_item const> item;
    pending_place place;                         ///< held until the response is complete
    bool streaming = false;                      ///< mode of the second request
    output_format named = output_format::tar;    ///< format of the first request, used for Content-Type
    output_format written = output_format::tar;  ///< format of the second request, used for the archive
    answer_faults faults;
};

/// Produces a Get-Batch response, head and body, piece by piece into the buffer of the connection. Has no socket: the
/// connection sends what is ready and calls again. Not thread-safe.
class batch_answer {
public:
    enum class next : std::uint8_t {
        more,      ///< send what is ready, then call produce() again
        rest,      ///< send all but resting_bytes(), wait for `pause`, then call produce() again
        finished,  ///< send what is ready; the response is complete
        close,     ///< send what is ready, then close the connection
        stall      ///< send what is ready, then nothing until the client closes
    };
    struct step {
        next what = next::more;
        std::chrono::milliseconds pause{0};
    };

    batch_answer(cluster& home, shard_cache& shards, batch_order order);

    /// Appends to `out` until enough is ready for the socket, or something else must happen first. Pass the same `out`
    /// each time, and write nothing else to it meanwhile.
    step produce(chunked_body& out);

private:
    // Stream: begin; members and data alternate; end; finish. Multipart: begin, planning, then the same if the size of
    // the archive follows from the plan. Otherwise members, data and end are written to memory, then pages to the
    // response.
    enum class phase : std::uint8_t { begin, planning, members, data, end, pages, finish, done };

    step begin(chunked_body& out);
    std::optional<step> plan_all(chunked_body& out);
    void begin_multipart(chunked_body& out, std::uint64_t archive_bytes);
    void set_limits();
    std::optional<step> next_member();
    void member_data();
    void end_archive(archive_ending how);
    void write_end(chunked_body& out);
    void write_page();
    std::optional<step> rest_before_finish();
    step finish(chunked_body& out);
    step limit_step(chunked_body& out);
    step refuse(chunked_body& out, refusal const& why);
    void write_head(chunked_body& out, std::string content_type, std::optional<std::uint64_t> length);

    std::optional<planned> plan_next(step& pause);
    std::size_t entries() const;
    std::size_t entry_at(std::size_t position) const;
    std::size_t members_wanted() const;

    cluster& home_;
    entry_planner planner_;
    batch_order order_;
    batch_tally tally_;
    archive_writer archive_;
    std::unique_ptr<archive_encoder> encoder_;
    phase phase_ = phase::begin;
    bool stalls_at_limit_ = false;   // instead of closing
    std::size_t position_ = 0;       // of the current member in the archive
    std::vector<member> planned_;    // multipart: all members, their sources closed
    std::optional<planned> paused_;  // the plan whose pause has started
    member current_;
    std::uint64_t copied_ = 0;      // of current_
    std::string end_;               // end of the archive, not yet written
    std::string collected_;         // multipart: the archive, if its size does not follow from the plan
    std::size_t collected_at_ = 0;  // bytes of it that are written
    std::string metadata_;
    std::string multipart_end_;  // empty before the first part
};

}  // namespace aisle::playground
