#include "job_troubles.hpp"

namespace aisle::playground {

void job_troubles::abort(bucket_id const& job, unsigned sender, unsigned receiver, std::string why) {
    std::lock_guard const lock(mutex_);
    auto const now = clock::now();
    if (abort_lasts_.count() > 0) {
        auto& state = jobs_[job];
        ++state.count;
        state.until = now + abort_lasts_;
        state.why = std::move(why);
    }
    if (broken_stream_lasts_.count() > 0) broken_until_[{sender, receiver}] = now + broken_stream_lasts_;
}

std::optional<std::string> job_troubles::aborted(bucket_id const& job) {
    std::lock_guard const lock(mutex_);
    auto const at = jobs_.find(job);
    if (at == jobs_.end() || clock::now() >= at->second.until) return std::nullopt;
    return at->second.why;
}

std::uint64_t job_troubles::aborts(bucket_id const& job) {
    std::lock_guard const lock(mutex_);
    auto const at = jobs_.find(job);
    return at == jobs_.end() ? 0 : at->second.count;
}

bool job_troubles::is_broken(unsigned sender, unsigned receiver) {
    std::lock_guard const lock(mutex_);
    auto const at = broken_until_.find({sender, receiver});
    return at != broken_until_.end() && clock::now() < at->second;
}

}  // namespace aisle::playground
