#pragma once

#include "archive_encoder.hpp"
#include "archive_writer.hpp"
#include "chunked_body.hpp"
#include "entry_planner.hpp"
#include "output_format.hpp"
#include "response.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aisle::playground {

/// What a Get-Batch answer is made from.
struct batch_order {
    request head;
    std::string node_name;
    std::string job_id;
    std::shared_ptr<work_item const> item;
    pending_place place;                         ///< kept until the answer is complete
    bool streaming = false;                      ///< as the second request says
    output_format named = output_format::tar;    ///< what Content-Type says: the first request's
    output_format written = output_format::tar;  ///< what the archive is: the second request's
    answer_faults faults;
};

/// Produces one Get-Batch answer, head and body, piece by piece into the connection's buffer. No sockets: the
/// connection sends what is ready and calls again. Not thread-safe.
class batch_answer {
public:
    enum class next : std::uint8_t {
        more,      ///< send what is ready, then call produce() again
        rest,      ///< send all but resting_bytes(), let `pause` pass, then call produce() again
        finished,  ///< send what is ready; the answer is complete
        close,     ///< send what is ready, then close the connection
        stall      ///< send what is ready, then nothing, for ever
    };
    struct step {
        next what = next::more;
        std::chrono::milliseconds pause{0};
    };

    batch_answer(cluster& home, shard_cache& shards, batch_order order);

    /// Adds to `out` until a good deal is ready for the socket or something else is to be done first. The same `out`
    /// each time, and nobody else writes to it meanwhile.
    step produce(chunked_body& out);

private:
    // A stream: begin, members and data in turn, end, finish. Multipart: begin, planning, then the same when the
    // archive's size follows from the plan; else members, data and end go to memory first, and pages to the answer.
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
    archive_writer archive_;
    std::unique_ptr<archive_encoder> encoder_;
    phase phase_ = phase::begin;
    bool stalls_at_limit_ = false;   // instead of closing
    std::size_t position_ = 0;       // in the archive's order
    std::vector<member> planned_;    // multipart: all of them, their sources let go
    std::optional<planned> paused_;  // a plan whose pause is being served
    member current_;
    std::uint64_t copied_ = 0;      // of current_
    std::string end_;               // the archive's, when it is written next
    std::string collected_;         // multipart: the archive, when its size does not follow from the plan
    std::size_t collected_at_ = 0;  // how far it is written
    std::string metadata_;
    std::string multipart_end_;  // empty before the parts are begun
};

}  // namespace aisle::playground
