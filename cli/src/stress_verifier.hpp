#pragma once

#include "stress_plan.hpp"
#include "stress_tally.hpp"

#include <aisle/sample.hpp>

#include <cstdint>
#include <vector>

namespace aisle::cli {

/// Holds the samples of one round against the plan: each in its turn, once, of the entry it says, and byte for byte
/// what was put into the cluster. One thread at a time.
class stress_verifier {
public:
    /// All three must outlive it.
    stress_verifier(stress_plan const& plan, stress_round const& round, stress_tally& tally);

    void check(sample const& s);
    /// The stream has ended by itself after it took so many batches of the round: whatever of them did not come is
    /// lost.
    void finish(std::uint64_t batches_taken);

private:
    bool any_order() const noexcept { return round_.way.order == batch_order::completed; }
    bool take_turn(std::uint64_t batch, std::uint32_t index);
    bool open_batch(std::uint64_t number);
    void check_answer(sample const& s, planned_entry const& planned);
    void check_payload(sample const& s, planned_entry const& planned);
    void add_trouble(stress_trouble what, sample const& s, std::string const& text);

    stress_plan const& plan_;
    stress_round const& round_;
    stress_tally& tally_;
    std::uint64_t answered_ = 0;
    std::uint64_t batch_ = 0;             ///< whose samples are coming
    std::uint64_t next_ = 0;              ///< whose come after it, when they come as submitted
    std::uint32_t index_ = 0;             ///< of the sample that is to come
    std::vector<planned_entry> entries_;  ///< of batch_; none before the first
    std::vector<bool> begun_;             ///< by batch: its first sample came
};

}  // namespace aisle::cli
