#pragma once

#include <aisle/playground/fault.hpp>

#include <mutex>
#include <optional>
#include <vector>

namespace aisle::playground {

/// The faults of one response. A plain value.
class answer_faults {
public:
    answer_faults() = default;
    explicit answer_faults(std::vector<fault> due) : due_(std::move(due)) {}

    bool empty() const noexcept { return due_.empty(); }
    std::size_t count() const noexcept { return due_.size(); }
    /// Where a fault of this kind applies, if there is one.
    std::optional<std::uint64_t> at(fault_kind kind) const noexcept;
    bool has(fault_kind kind) const noexcept { return at(kind).has_value(); }
    /// True if a fault of this kind applies to entry `index`.
    bool hits(fault_kind kind, std::uint64_t index) const noexcept;

private:
    std::vector<fault> due_;
};

/// Assigns the faults of a plan to responses, in the order in which they start. Thread-safe.
class fault_schedule {
public:
    void reset(fault_plan plan);
    /// The faults of the next Get-Batch response of a target.
    answer_faults for_answer(unsigned target);
    /// True if a fault of a node applies to its current request. Counts requests, like for_answer() counts responses.
    bool due(fault_kind kind, unsigned node);
    /// The nodes with a fault that still applies.
    std::vector<unsigned> nodes_with(fault_kind kind);
    /// How to refuse the next Get-Batch request to a proxy; nothing if it is not refused.
    struct refusal_order {
        int status = 0;
        std::uint64_t retry_after_s = 0;  ///< 0: no Retry-After field
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
