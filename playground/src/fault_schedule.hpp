#pragma once

#include <aisle/playground/fault.hpp>

#include <mutex>
#include <optional>
#include <vector>

namespace aisle::playground {

/// The faults that one answer has. A plain value.
class answer_faults {
public:
    answer_faults() = default;
    explicit answer_faults(std::vector<fault> due) : due_(std::move(due)) {}

    bool empty() const noexcept { return due_.empty(); }
    std::size_t count() const noexcept { return due_.size(); }
    /// Where a fault of this kind is to happen, if it is.
    std::optional<std::uint64_t> at(fault_kind kind) const noexcept;
    bool has(fault_kind kind) const noexcept { return at(kind).has_value(); }
    /// True when a fault of this kind is to happen at entry `index`.
    bool hits(fault_kind kind, std::uint64_t index) const noexcept;

private:
    std::vector<fault> due_;
};

/// Deals out the faults of a plan to the answers, in the order in which they begin. Thread-safe.
class fault_schedule {
public:
    void reset(fault_plan plan);
    /// For the next Get-Batch answer of a target.
    answer_faults for_answer(unsigned target);
    /// True when a fault of a node happens now, as with answers: every so often, so many times.
    bool strikes(fault_kind kind, unsigned node);
    /// The nodes of which a fault is not used up.
    std::vector<unsigned> nodes_with(fault_kind kind);
    /// For the next Get-Batch request to the proxy: how to refuse it.
    struct refusal_order {
        int status = 0;
        std::uint64_t retry_after_s = 0;  ///< 0: not told
    };
    std::optional<refusal_order> refusal();

private:
    struct counted {
        fault what;
        std::uint64_t seen = 0;
        std::uint64_t applied = 0;

        bool due() noexcept;
    };
    std::mutex mutex_;
    std::vector<counted> faults_;
};

}  // namespace aisle::playground
