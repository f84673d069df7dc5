#pragma once

#include "../answer/answer.hpp"
#include "../answer/payload_intake.hpp"
#include "../block/block_builder.hpp"

#include <aisle/options.hpp>
#include <aisle/sample.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace aisle::detail {

/// The samples of one batch: makes one from each entry's result, once, and returns them in the order of the entries. A
/// sample that arrives early is held until its turn. Sans-IO.
class batch_ledger {
public:
    batch_ledger(std::shared_ptr<batch const> of, std::uint64_t number, block_options how = {});

    std::shared_ptr<batch const> const& what() const noexcept { return of_; }
    std::uint64_t number() const noexcept { return number_; }

    /// A response has begun: entries refused from now on are attributed to it.
    void answering(std::shared_ptr<answer const> by);

    // ---- one result per entry. Precondition: the entry has none yet
    /// The bytes lie in the slab `in`, and are moved out.
    void deliver(std::uint32_t index, std::shared_ptr<answer const> const& by, segments& bytes, slab_ref const& in);
    /// status: missing or failed. why: shared if many entries have the same fault; the batch's number is filled in.
    void refuse(std::uint32_t index, sample_status status, std::shared_ptr<error const> why);

    /// True if samples are ready in order and not taken yet.
    bool has_fresh() const noexcept { return !blocks_.empty(); }
    /// The ready samples, in order. Throws std::bad_alloc.
    block_list take_fresh() { return blocks_.take(); }
    batch_report& report() noexcept { return report_; }
    batch_report const& report() const noexcept { return report_; }

private:
    /// A sample that arrived early.
    struct early {
        std::shared_ptr<answer const> by;
        taken_payload payload;
        sample_status status = sample_status::delivered;
        std::shared_ptr<error const> why;
    };

    void close();

    std::shared_ptr<batch const> of_;
    std::uint64_t number_;
    std::shared_ptr<answer const> last_;  // the latest response; null at first
    std::shared_ptr<error const> seen_;   // the newest `why`, and its copy with the batch's number
    std::shared_ptr<error const> numbered_;
    std::uint32_t next_ = 0;               // the next entry in order
    std::map<std::uint32_t, early> held_;  // arrived early
    block_builder blocks_;
    batch_report report_;
};

}  // namespace aisle::detail
