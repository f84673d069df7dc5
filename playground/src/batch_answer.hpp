#pragma once

#include "archive_writer.hpp"
#include "chunked_body.hpp"
#include "entry_planner.hpp"
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
    bool streaming = false;  ///< as the second request says
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
    enum class phase : std::uint8_t { begin, planning, members, data, end, finish, done };
    enum class at_limit : std::uint8_t { close, stall, end_cleanly };

    step begin(chunked_body& out);
    std::optional<step> plan_all(chunked_body& out);
    step begin_multipart(chunked_body& out);
    std::optional<step> next_member(chunked_body& out);
    void member_data(chunked_body& out);
    void archive_end(chunked_body& out);
    step finish(chunked_body& out);
    step limit_step(chunked_body& out);
    step refuse(chunked_body& out, refusal const& why);
    void write_head(chunked_body& out, std::string content_type, std::optional<std::uint64_t> length);
    void write_header(chunked_body& out);

    std::optional<planned> plan_next(step& pause);
    std::size_t entry_at(std::size_t position) const;
    std::size_t members_wanted() const;
    std::uint64_t archive_bytes();
    std::string metadata() const;

    cluster& home_;
    entry_planner planner_;
    batch_order order_;
    archive_writer archive_;
    phase phase_ = phase::begin;
    at_limit limit_means_ = at_limit::close;
    std::size_t position_ = 0;       // in the archive's order
    std::vector<member> planned_;    // multipart: all of them, their sources let go
    std::optional<planned> paused_;  // a plan whose pause is being served
    member current_;
    std::uint64_t copied_ = 0;  // of current_
    std::string multipart_end_;
    std::string scratch_;
};

}  // namespace aisle::playground
