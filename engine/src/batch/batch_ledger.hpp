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

/// The samples of one batch: makes one of each entry's answer, once, and hands them out in the order of the entries.
/// A sample that comes before its turn is kept until it is. Sans-IO.
class batch_ledger {
public:
    batch_ledger(std::shared_ptr<batch const> of, std::uint64_t number, block_options how = {});

    std::shared_ptr<batch const> const& what() const noexcept { return of_; }
    std::uint64_t number() const noexcept { return number_; }

    /// A server has begun to answer: entries that are refused from now on are refused after its answer.
    void answering(std::shared_ptr<answer const> by);

    // ---- one answer each. Precondition: the entry has none yet
    /// The bytes lie in the slab `in`, and are moved out.
    void deliver(std::uint32_t index, std::shared_ptr<answer const> const& by, segments& bytes, slab_ref const& in);
    /// status: missing or failed. why: shared where one fault is that of many entries; the batch's number is filled in.
    void refuse(std::uint32_t index, sample_status status, std::shared_ptr<error const> why);

    /// True when there are samples whose turn it is and which nobody has taken yet.
    bool has_fresh() const noexcept { return !blocks_.empty(); }
    /// They, in order. To be emptied by whoever hands them on.
    std::vector<sample_block>& fresh() { return blocks_.take(); }
    batch_report& report() noexcept { return report_; }
    batch_report const& report() const noexcept { return report_; }

private:
    /// An answer that came before its turn.
    struct early {
        std::shared_ptr<answer const> by;
        taken_payload payload;
        sample_status status = sample_status::delivered;
        std::shared_ptr<error const> why;
    };

    void close();

    std::shared_ptr<batch const> of_;
    std::uint64_t number_;
    std::shared_ptr<answer const> last_;  // who answered last, nobody at first
    std::shared_ptr<error const> seen_;   // the newest `why`, and with the batch's number
    std::shared_ptr<error const> numbered_;
    std::uint32_t next_ = 0;               // entry to be handed out next
    std::map<std::uint32_t, early> held_;  // answered before their turn
    block_builder blocks_;
    batch_report report_;
};

}  // namespace aisle::detail
