#pragma once

#include "bucket_id.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace aisle::playground {

/// What a member that its owner could not read to the end did to others. AIStore behaviour: the target that receives it
/// aborts the bucket's job on all targets, so that other batches of the bucket end early for some seconds, and the
/// stream between the two targets stays broken for much longer. Thread-safe.
class job_troubles {
public:
    using clock = std::chrono::steady_clock;

    /// Either time may be 0: then nothing comes of it.
    job_troubles(std::chrono::milliseconds abort_lasts, std::chrono::milliseconds broken_stream_lasts)
        : abort_lasts_(abort_lasts), broken_stream_lasts_(broken_stream_lasts) {}

    /// `why`: what a node says of it from now on.
    void abort(bucket_id const& job, unsigned sender, unsigned receiver, std::string why);
    /// Why batches of the job that begin now come to nothing; nothing when they do not.
    std::optional<std::string> aborted(bucket_id const& job);
    /// How often the job was aborted: another number than before means that a batch under way ends.
    std::uint64_t aborts(bucket_id const& job);
    /// True while nothing that `sender` sends arrives at `receiver`.
    bool is_broken(unsigned sender, unsigned receiver);

private:
    struct aborted_job {
        std::uint64_t count = 0;
        clock::time_point until;
        std::string why;
    };
    std::chrono::milliseconds abort_lasts_;
    std::chrono::milliseconds broken_stream_lasts_;
    std::mutex mutex_;
    std::map<bucket_id, aborted_job> jobs_;
    std::map<std::pair<unsigned, unsigned>, clock::time_point> broken_until_;
};

}  // namespace aisle::playground
