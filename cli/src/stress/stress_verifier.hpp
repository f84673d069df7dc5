#pragma once

#include "stress_plan.hpp"
#include "stress_tally.hpp"

#include <aisle/sample.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::cli {

/// The parts of a sample that are checked. Views, valid while the sample lives.
struct stress_arrival {
    std::uint64_t batch = 0;
    std::uint32_t index = 0;
    entry const* of = nullptr;
    sample_status status = sample_status::failed;
    std::size_t size = 0;  ///< as the sample reports it
    std::span<std::span<std::byte const> const> payload = {};
    error const* why = nullptr;  ///< null if it was delivered
    std::string_view target = {};
};

/// Checks the samples of one round against the plan: each arrives once, in order, for the right entry, and with exactly
/// the bytes that were stored. Not thread-safe.
class stress_verifier {
public:
    /// All arguments must outlive it.
    stress_verifier(stress_plan const& plan, stress_round const& round, stress_tally& tally);

    /// Checks every other sample by its runs, the others as one view, which joins the runs in place.
    void check(sample_view s);
    void check(stress_arrival const& a);
    /// Call it when the stream has ended after this many batches of the round. Samples of them that did not arrive are
    /// lost.
    void finish(std::uint64_t batches_taken);

private:
    bool any_order() const noexcept { return round_.way.order == batch_order::completed; }
    bool accept_next(std::uint64_t batch, std::uint32_t index);
    bool open_batch(std::uint64_t number);
    void report_out_of_order(stress_arrival const& a);
    void check_answer(stress_arrival const& a, planned_entry const& planned);
    void check_payload(stress_arrival const& a, planned_entry const& planned);
    void add_trouble(stress_trouble what, stress_arrival const& a, std::string const& text);

    stress_plan const& plan_;
    stress_round const& round_;
    stress_tally& tally_;
    std::vector<std::span<std::byte const>> runs_;  ///< of the sample being checked
    std::uint64_t batch_ = 0;                       ///< the batch whose samples arrive now
    std::uint64_t next_ = 0;                        ///< the batch after it, in order of submission
    std::uint32_t index_ = 0;                       ///< index of the next sample in it
    std::vector<planned_entry> entries_;            ///< of batch_; empty before the first batch
    std::vector<bool> started_;                     ///< by batch: its first sample arrived
    std::vector<std::vector<bool>> seen_;           ///< by batch and index: the sample arrived
};

}  // namespace aisle::cli
