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

/// What the one who checks looks at: a sample taken apart. Views of it, valid while it lives.
struct stress_arrival {
    std::uint64_t batch = 0;
    std::uint32_t index = 0;
    entry const* of = nullptr;
    sample_status status = sample_status::failed;
    std::size_t size = 0;  ///< as the sample says it
    std::span<std::span<std::byte const> const> payload = {};
    error const* why = nullptr;  ///< null where it was delivered
    std::string_view target = {};
};

/// Holds the samples of one round against the plan: each in its turn, once, of the entry it says, and byte for byte
/// what was put into the cluster. One thread at a time.
class stress_verifier {
public:
    /// All three must outlive it.
    stress_verifier(stress_plan const& plan, stress_round const& round, stress_tally& tally);

    /// In turns as its runs came and as one view, which joins them in place.
    void check(sample_view s);
    void check(stress_arrival const& a);
    /// The stream has ended by itself after it took so many batches of the round: whatever of them did not come is
    /// lost.
    void finish(std::uint64_t batches_taken);

private:
    bool any_order() const noexcept { return round_.way.order == batch_order::completed; }
    bool take_turn(std::uint64_t batch, std::uint32_t index);
    bool open_batch(std::uint64_t number);
    void out_of_turn(stress_arrival const& a);
    void check_answer(stress_arrival const& a, planned_entry const& planned);
    void check_payload(stress_arrival const& a, planned_entry const& planned);
    void add_trouble(stress_trouble what, stress_arrival const& a, std::string const& text);

    stress_plan const& plan_;
    stress_round const& round_;
    stress_tally& tally_;
    std::vector<std::span<std::byte const>> runs_;  ///< of the sample being checked
    std::uint64_t batch_ = 0;                       ///< whose samples are coming
    std::uint64_t next_ = 0;                        ///< whose come after it, when they come as submitted
    std::uint32_t index_ = 0;                       ///< of the sample that is to come
    std::vector<planned_entry> entries_;            ///< of batch_; none before the first
    std::vector<bool> begun_;                       ///< by batch: its first sample came
    std::vector<std::vector<bool>> told_;           ///< by batch and index: it came
};

}  // namespace aisle::cli
