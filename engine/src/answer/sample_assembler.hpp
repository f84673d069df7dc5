#pragma once

#include "../entry/bucket_uri.hpp"
#include "../entry/member_name.hpp"
#include "answer.hpp"
#include "entry_listener.hpp"
#include "payload_intake.hpp"
#include "response_decoder.hpp"

#include <aisle/codec/event.hpp>
#include <aisle/codec/moss.hpp>
#include <aisle/options.hpp>
#include <aisle/slab.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace aisle::detail {

/// How the samples of a batch are made.
struct assembler_options {
    bool cont_on_err = true;
    /// Members are named without their bucket.
    bool only_object_names = false;
    /// The opaque bytes of the entries were sent: metadata must give them back, and else none.
    bool sent_opaque = false;
    intake_options intake;
};

/// Joins the members of one answer with the entries that were asked for, and reports each to a listener.
///
/// Sans-IO. Members count by position: the i-th member must bear the i-th asked entry's name, or the mark of its
/// absence. Members of entries that are answered by now are passed over. An entry whose own bytes are wrong is put in
/// doubt and the answer goes on; a fault that leaves the rest of the answer without meaning is an error, and what it
/// has not brought stays open.
///
/// A sample whose size nobody told (a member of a streamed zip, unless its entry says what to expect) is kept back
/// until the next member bears the next entry's name, or the archive has ended with all members: AIStore ends a zip
/// cleanly behind a member that a damaged shard cut short, with a CRC that fits, and a payload may be made to look like
/// its own end.
class sample_assembler {
public:
    /// asked: indices of the entries of `of` that were sent, in the order they were. number: the batch's in its stream.
    /// listener, and pool (where samples are decompressed to), outlive the assembler.
    sample_assembler(std::shared_ptr<batch const> of, std::uint64_t number, entry_listener& listener,
                     std::vector<std::uint32_t> asked, assembler_options options, slab_pool& pool);

    std::span<std::uint32_t const> asked() const noexcept { return asked_; }
    bool only_object_names() const noexcept { return options_.only_object_names; }

    /// An answer has begun: who gives it, and under what name. Samples from now on tell so.
    void answered_by(std::string designated_target, std::string request_id);
    std::shared_ptr<answer const> const& answering() const noexcept { return answer_; }

    /// Metadata of a multipart answer, before its first member. An error makes the answer worthless.
    result<void> metadata(codec::moss_metadata found);

    // One archive event each. `in` is the slab the entry's data lies in. An error leaves the rest of the answer without
    // meaning; what is wrong with one sample alone puts that one in doubt.
    result<void> begin_entry(codec::entry_header const& header);
    void data(std::span<std::byte const> bytes, slab_ref const& in);
    result<void> end_entry(std::size_t take_back, slab_ref const& in);

    /// In place of begin_entry(), where the answer is the entry's bare bytes: the object or member itself.
    void begin_bare(codec::entry_header const& header);

    /// What the metadata says of the current entry's size, where there is metadata. Between begin_entry() and
    /// end_entry().
    std::optional<std::uint64_t> told_size() const;

    /// The archive's end mark is here, while the answer may go on.
    void end_mark();
    /// The answer has ended well: an error if members are lacking.
    result<void> end_archive() const;

    /// Reports that the server does not have an entry, in its words.
    void claim_missing(std::uint32_t index, std::string servers_words);

    /// So many bytes were decompressed for this answer. True when no more should be for now.
    bool expanded(std::size_t bytes) {
        expanded_ += bytes;
        if (expanded_ < expansion_step) return false;
        expanded_ = 0;
        paused_ = listener_->expanded();
        return paused_;
    }
    bool is_paused() const noexcept { return paused_; }
    /// True when decode_samples() stopped for that reason, and is to be called again. Ends the pause.
    bool resume() noexcept { return std::exchange(paused_, false); }

    /// Position in asked() of the member that arrives now or next; their number when all have passed.
    std::size_t position() const noexcept { return next_member_; }
    /// True when all its members have passed; what may follow is the archive's end.
    bool all_passed() const noexcept { return next_member_ == asked_.size(); }

    /// Bytes that decompressing samples holds besides slabs.
    std::size_t memory() const noexcept { return intake_.memory(); }

    /// The payload now arriving, to be kept together by whoever lands it; null while none is kept where it lands.
    segments* collected() noexcept {
        return state_ == state::collecting && intake_.collects() ? &intake_.partial() : nullptr;
    }

    /// Bytes that each member after the one now arriving probably has: those of the one before. 0: none follows, or
    /// none has come yet.
    std::uint64_t following_bytes() const noexcept {
        auto const begun = next_member_ + (state_ == state::between ? 0u : 1u);
        return begun < asked_.size() ? last_size_ : 0;
    }

private:
    /// placeholder: it bears the mark of a missing entry, and whether it is empty as it must be shows at its end.
    enum class state : std::uint8_t { between, collecting, skipping, placeholder };

    error fault(errc code, std::string text, std::string_view servers_words = {}) const;
    error not_the_member(entry const& want, std::string_view name) const;
    error not_a_file(codec::entry_header const& header) const;
    result<void> check_metadata(codec::entry_header const& header, entry const& want, bool is_missing) const;
    bool begins_as_usual(codec::entry_header const& header);
    result<void> begin_any(codec::entry_header const& header);
    void collect(codec::entry_header const& header, entry const& want);
    void release_unproven();
    void spoilt(error why);
    void claim_current();

    entry const& at(std::uint32_t index) const { return entries_[index]; }

    entry_listener* listener_;
    std::uint64_t number_;
    std::shared_ptr<answer const> answer_;
    std::span<entry const> entries_;  // of the batch
    assembler_options options_;
    payload_intake intake_;
    std::vector<std::uint32_t> asked_;
    std::optional<codec::moss_metadata> metadata_;
    bool usual_ = false;      // entries that say no more than their name and are all of one bucket, without metadata
    std::string name_begin_;  // of their members: the bucket and a slash, or nothing
    std::string_view bucket_text_;  // what bucket_name_ was read from: batches seldom change it
    std::string_view bucket_name_;  // stays empty where members are named without it
    static constexpr std::size_t expansion_step = std::size_t{1} << 20;
    std::size_t expanded_ = 0;  // bytes, since the listener was told
    bool paused_ = false;
    std::uint64_t placeholder_bytes_ = 0;
    std::uint64_t last_size_ = 0;    // of the member that began last
    std::uint32_t next_member_ = 0;  // position in asked_ of the member to come next, or now coming
    state state_ = state::between;
    bool provable_ = true;                   // the current payload can be told whole by itself
    std::optional<taken_payload> unproven_;  // of the member before next_member_
    bool claimed_ = false;                   // there was one
};

/// Takes all that the decoder has been fed and tells the assembler. Sans-IO.
///
/// fed_from: the slab that the piece last fed lies in. Returns when the decoder wants more input, and after finish()
/// when it has seen everything. An error is one of the answer: what is left of it has no meaning; what it brought
/// before is good.
result<void> decode_samples(response_decoder& decoder, sample_assembler& assembler, slab_ref const& fed_from);

/// The same of pieces that lie in one slab, fed one after the other. Takes those off the front that it has fed: all of
/// them, unless there is an error or a pause, after which the decoder first wants to be asked for the rest of the last
/// one by the function above.
result<void> decode_samples(response_decoder& decoder, sample_assembler& assembler,
                            std::span<std::span<std::byte> const>& pieces, slab_ref const& fed_from);

}  // namespace aisle::detail
