#include "batch_tally.hpp"

namespace aisle::playground {

void batch_tally::sent(codec::get_batch_request_entry const& what, std::uint64_t bytes) noexcept {
    if (bytes == 0) return;  // AIStore behaviour: empty ones do not count
    ++(what.archpath.empty() ? objects_ : members_);
    (what.archpath.empty() ? object_bytes_ : member_bytes_) += bytes;
}

void batch_tally::close() noexcept {
    if (closed_) return;
    closed_ = true;
    ++counts_.batches;
    counts_.objects += objects_;
    counts_.object_bytes += object_bytes_;
    counts_.members += members_;
    counts_.member_bytes += member_bytes_;
    auto const& troubles = planner_.troubles();
    counts_.soft_errors += troubles.soft_errors;
    counts_.fetches += troubles.fetches;
    counts_.fetch_errors += troubles.fetch_errors;
    counts_.wait_ns += static_cast<std::uint64_t>(troubles.waited.count());
    if (failed_) ++counts_.hard_errors;
}

}  // namespace aisle::playground
