#pragma once

#include "../answer/answer.hpp"
#include "../answer/payload_intake.hpp"

#include <aisle/options.hpp>
#include <aisle/sample.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace aisle::detail {

/// What is known of each entry of one batch, over all the requests made for it: answers each exactly once, in order.
///
/// Sans-IO. An entry is open until somebody answers it; whoever comes second with an answer is ignored, so that two
/// requests may be under way for the same entries. Answers that come before their turn (a later entry's, while an
/// earlier one has to be asked for again) are kept until it is theirs.
class batch_ledger {
public:
    /// Entries that must not be sent (check()) are answered as failed at once.
    batch_ledger(std::shared_ptr<batch const> of, std::uint64_t number);

    batch const& what() const noexcept { return *of_; }
    std::shared_ptr<batch const> const& shared() const noexcept { return of_; }
    std::uint64_t number() const noexcept { return number_; }
    entry const& at(std::uint32_t index) const { return of_->entries()[index]; }

    bool is_open(std::uint32_t index) const noexcept { return open_[index] != 0; }
    std::uint32_t open_count() const noexcept { return open_count_; }
    bool answered() const noexcept { return open_count_ == 0; }
    /// The first open entry; the batch's size when there is none.
    std::uint32_t first_open() const noexcept { return first_open_; }

    /// A server has begun to answer: entries that fail from now on for a fault at large are its.
    void answering(std::shared_ptr<answer const> by) noexcept { last_ = std::move(by); }

    // ---- one answer each; ignored where the entry is not open
    void deliver(std::uint32_t index, std::shared_ptr<answer const> const& by, taken_payload payload);
    /// status: missing or failed. why: of this entry; its batch and entry are filled in.
    void refuse(std::uint32_t index, std::shared_ptr<answer const> const& by, sample_status status, error why);
    /// What AIStore calls a missing entry without "continue on error": it and all entries behind it fail.
    void refuse_from(std::uint32_t index, std::shared_ptr<answer const> const& by, error why);
    /// All that is open fails, each with its own doubt where it has one, the others sharing this one error.
    void give_up(error why);

    /// The entry stays open, but an answer to it was no good: what it becomes if nothing better comes. The last counts.
    void doubt(std::uint32_t index, std::shared_ptr<answer const> const& by, sample_status status, error why);
    /// How many answers to an open entry brought bytes that were wrong.
    unsigned spoilt(std::uint32_t index) const noexcept;
    /// What is held against an open entry; null when nothing is.
    error const* doubt_of(std::uint32_t index) const noexcept;
    /// Fails an open entry: with its doubt where it has one, else with this error.
    void fail(std::uint32_t index, error why);
    /// Fails an open entry with this error: the server spoke of it alone.
    void fail_for(std::uint32_t index, error why);

    /// What cut the batch for good, or was wrong behind its last sample; the first counts.
    void note_fault(error why);

    /// Samples whose turn it is and nobody has taken yet, in order. To be emptied by whoever hands them on.
    std::vector<sample>& fresh() noexcept { return fresh_; }
    batch_report& report() noexcept { return report_; }
    batch_report const& report() const noexcept { return report_; }

private:
    struct doubted {
        std::shared_ptr<answer const> by;
        sample_status status;
        std::shared_ptr<error const> why;
        unsigned spoilt = 0;
    };

    void close(std::uint32_t index, sample s);
    void hand_out_held();
    bool refuse_as_doubted(std::uint32_t index);
    std::shared_ptr<error const> own_copy(std::uint32_t index, error why) const;
    error about(std::uint32_t index, error why) const;
    void refuse_shared(std::uint32_t index, std::shared_ptr<answer const> const& by, sample_status status,
                       std::shared_ptr<error const> why);

    std::shared_ptr<batch const> of_;
    std::uint64_t number_;
    std::shared_ptr<answer const> last_;  // who answered last, nobody at first
    std::vector<std::uint8_t> open_;      // by entry
    std::uint32_t open_count_ = 0;
    std::uint32_t first_open_ = 0;
    std::uint32_t next_ = 0;                // entry to be handed out next
    std::map<std::uint32_t, sample> held_;  // answered before their turn
    std::map<std::uint32_t, doubted> doubts_;
    std::vector<sample> fresh_;
    batch_report report_;
};

}  // namespace aisle::detail
