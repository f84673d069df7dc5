#pragma once

#include "answer.hpp"
#include "bucket_uri.hpp"
#include "member_name.hpp"
#include "payload_intake.hpp"

#include <aisle/codec/event.hpp>
#include <aisle/codec/moss.hpp>
#include <aisle/options.hpp>
#include <aisle/sample.hpp>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace aisle::detail {

/// How the samples of a batch are made.
struct assembler_options {
    on_missing missing = on_missing::skip;
    bool cont_on_err = true;
    /// Members are named without their bucket.
    bool only_object_names = false;
    intake_options intake;
};

/// Joins the members of one answer with the entries of its batch, and answers every entry exactly once.
///
/// Sans-IO. Members count by position: the i-th member must bear the i-th sent entry's name, or the mark of its
/// absence. Entries that were never sent are answered as failed at their place in the order. A fault that leaves the
/// rest of the answer without meaning is given to fail(), which answers all that is left.
///
/// A sample whose size nobody told (a member of a streamed zip, unless its entry says what to expect) is kept back
/// until the next member bears the next entry's name, or the archive has ended with all members: AIStore ends a zip
/// cleanly behind a member that a damaged shard cut short, with a CRC that fits, and a payload may be made to look like
/// its own end.
class sample_assembler {
public:
    /// pool: where samples are decompressed to; outlives the assembler.
    sample_assembler(std::shared_ptr<batch const> of, std::uint64_t number, assembler_options options, slab_pool& pool);

    /// Indices of the entries worth sending, in order; the others fail by themselves.
    std::span<std::uint32_t const> asked() const noexcept { return asked_; }

    /// Answers the entries that were not sent and whose turn it is.
    void answer_unsent(std::vector<sample>& out);

    bool only_object_names() const noexcept { return options_.only_object_names; }

    /// An answer has begun: who gives it, and under what name. Samples from now on tell so.
    void answered_by(std::string designated_target, std::string request_id);

    /// Metadata of a multipart answer, before its first member. An error makes the answer worthless.
    result<void> metadata(codec::moss_metadata found);

    // One archive event each; new samples go to the end of out. `in` is the slab the entry's data lies in. An error
    // leaves the rest of the answer without meaning; what is wrong with one sample alone makes that one failed.
    result<void> begin_entry(codec::entry_header const& header, std::vector<sample>& out);
    void data(std::span<std::byte const> bytes, slab_ref const& in, std::vector<sample>& out);
    result<void> end_entry(std::size_t take_back, slab_ref const& in, std::vector<sample>& out);

    /// What the metadata says of the current entry's size, where there is metadata. Between begin_entry() and
    /// end_entry().
    std::optional<std::uint64_t> told_size() const;

    /// The archive's end mark is here, while the answer may go on.
    void end_mark(std::vector<sample>& out);
    /// The answer has ended well: an error if members are lacking.
    result<void> end_archive() const;

    /// Answers every entry not yet answered with status failed, all sharing one error.
    void fail(error why, std::vector<sample>& out);

    bool answered() const noexcept { return next_index_ == of_->size(); }
    /// The payload now arriving, to be kept together by whoever lands it; null while none is kept where it lands.
    segments* collected() noexcept {
        return state_ == state::collecting && intake_.collects() ? &intake_.partial() : nullptr;
    }

    /// The batch's figures so far; whoever drives this adds the times.
    batch_report& report() noexcept { return report_; }

private:
    /// placeholder: it bears the mark of a missing entry, and whether it is empty as it must be shows at its end.
    enum class state : std::uint8_t { between, collecting, skipping, placeholder };

    error fault(errc code, std::string text, std::string_view servers_words = {}) const;
    error not_the_member(entry const& want, std::string_view name) const;
    void deliver(taken_payload payload, std::vector<sample>& out);
    void release_unproven(std::vector<sample>& out);
    std::uint32_t index_of_next_member() const;
    void fail_entry(error why, std::vector<sample>& out);
    result<void> missing_entry(std::vector<sample>& out);
    void refuse(std::uint32_t index, sample_status status, std::shared_ptr<error const> why, std::vector<sample>& out);

    std::shared_ptr<batch const> of_;
    std::shared_ptr<answer const> answer_;
    std::uint64_t number_;
    assembler_options options_;
    payload_intake intake_;
    std::vector<std::uint32_t> asked_;
    std::optional<codec::moss_metadata> metadata_;
    std::string_view bucket_text_;  // what bucket_name_ was read from: batches seldom change it
    std::string_view bucket_name_;  // stays empty where members are named without it
    std::uint64_t placeholder_bytes_ = 0;
    std::uint32_t next_index_ = 0;   // entry to be answered next
    std::uint32_t next_member_ = 0;  // position in asked_ of the member to come next
    state state_ = state::between;
    bool provable_ = true;                   // the current payload can be told whole by itself
    std::optional<taken_payload> unproven_;  // of entry next_index_, whose member is over
    batch_report report_;
};

}  // namespace aisle::detail
