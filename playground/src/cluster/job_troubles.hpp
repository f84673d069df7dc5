#pragma once

#include "../store/bucket_id.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace aisle::playground {

/// The consequences of a member that its owner could not read to the end. AIStore behaviour: the target that receives
/// it aborts the job of the bucket on all targets, so other batches of the bucket end early for some seconds. The
/// stream between the two targets stays broken for much longer. Thread-safe.
class job_troubles {
public:
    using clock = std::chrono::steady_clock;

    /// A time of 0 turns the consequence off.
    job_troubles(std::chrono::milliseconds abort_lasts, std::chrono::milliseconds broken_stream_lasts)
        : abort_lasts_(abort_lasts), broken_stream_lasts_(broken_stream_lasts) {}

    /// why: the error message for the following batches.
    void abort(bucket_id const& job, unsigned sender, unsigned receiver, std::string why);
    /// The error message for batches of the job that start now; nothing if they are not aborted.
    std::optional<std::string> aborted(bucket_id const& job);
    /// How often the job was aborted. If the number changes during a batch, the batch ends.
    std::uint64_t aborts(bucket_id const& job);
    /// True while `receiver` receives nothing from `sender`.
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
