#pragma once

#include "bucket_uri.hpp"
#include "member_name.hpp"

#include <aisle/codec/event.hpp>
#include <aisle/codec/moss.hpp>
#include <aisle/options.hpp>
#include <aisle/sample.hpp>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace aisle::detail {

/// Joins the members of one answer with the entries of its batch, and answers every entry exactly once.
///
/// Sans-IO. Members count by position: the i-th member must bear the i-th sent entry's name, or the mark of its
/// absence. Entries that were never sent are answered as failed at their place in the order. A fault that leaves the
/// rest of the answer without meaning is given to fail(), which answers all that is left.
class sample_assembler {
public:
    sample_assembler(std::shared_ptr<batch const> of, std::uint64_t number, on_missing missing);

    /// Indices of the entries worth sending, in order; the others fail by themselves.
    std::span<std::uint32_t const> asked() const noexcept { return asked_; }

    /// Answers the entries that were not sent and whose turn it is.
    void answer_unsent(std::vector<sample>& out);

    /// Metadata of a multipart answer, before its first member. An error makes the answer worthless.
    result<void> metadata(codec::moss_metadata found);

    // One archive event each; new samples go to the end of out. `in` is the slab the event's data lies in.
    result<void> begin_entry(codec::entry_header const& header, std::vector<sample>& out);
    void data(std::span<std::byte const> bytes, slab_ref const& in);
    void end_entry(slab_ref const& in, std::vector<sample>& out);

    /// The archive has ended well: an error if members are lacking.
    result<void> end_archive() const;

    /// Answers every entry not yet answered with status failed, all sharing one error.
    void fail(error why, std::vector<sample>& out);

    bool answered() const noexcept { return next_index_ == of_->size(); }
    /// The payload now arriving, to be kept together by the receiver; empty between entries.
    segments& partial() noexcept { return payload_; }
    bool collecting() const noexcept { return state_ == state::collecting; }

    /// The batch's figures so far; whoever drives this adds the times.
    batch_report& report() noexcept { return report_; }

private:
    enum class state : std::uint8_t { between, collecting, skipping };

    error fault(errc code, std::string text, std::string_view servers_words = {}) const;
    void refuse(std::uint32_t index, sample_status status, std::shared_ptr<error const> why, std::vector<sample>& out);
    void refuse_missing(std::uint32_t index, std::vector<sample>& out);

    std::shared_ptr<batch const> of_;
    std::uint64_t number_;
    on_missing missing_;
    std::vector<std::uint32_t> asked_;
    std::optional<codec::moss_metadata> metadata_;
    std::string_view bucket_text_;  // the bucket bucket_ was read from: batches seldom change it
    bucket_uri bucket_;
    std::uint32_t next_index_ = 0;   // entry to be answered next
    std::uint32_t next_member_ = 0;  // position in asked_ of the member to come next
    state state_ = state::between;
    segments payload_;
    batch_report report_;
};

}  // namespace aisle::detail
