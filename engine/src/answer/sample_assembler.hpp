#pragma once

#include "../entry/bucket_uri.hpp"
#include "../entry/entry_indices.hpp"
#include "../entry/member_name.hpp"
#include "answer.hpp"
#include "entry_listener.hpp"
#include "payload_intake.hpp"
#include "response_decoder.hpp"

#include <aisle/codec/event.hpp>
#include <aisle/codec/json/get_batch.hpp>
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
    /// The entries' opaque bytes were sent: the metadata must return them, and otherwise none.
    bool sent_opaque = false;
    intake_options intake;
};

/// Matches the members of one response with the requested entries, and reports each to a listener.
///
/// Sans-IO. Members are matched by position: the i-th member must have the name of the i-th requested entry, or be a
/// placeholder for it. Members of entries that are already answered are skipped. If only one payload is wrong, its
/// entry is reported as bad and the response continues; a fault that makes the rest of the response meaningless is an
/// error, and the entries not yet received stay open.
///
/// A sample of unknown size (a member of a streamed zip, unless its entry has an expected size) is held until the next
/// member has the next entry's name, or the archive has ended with all members: if a damaged shard truncates a member,
/// AIStore still ends the zip cleanly after it, with a matching CRC; and a payload may be crafted to look like its own
/// end.
class sample_assembler {
public:
    /// asked: indices of the requested entries of `of`, in request order. number: the batch's number in its stream.
    /// listener, and pool (for decompressed samples), outlive the assembler.
    sample_assembler(std::shared_ptr<batch const> of, std::uint64_t number, entry_listener& listener,
                     std::span<std::uint32_t const> asked, assembler_options options, slab_pool& pool);

    std::span<std::uint32_t const> asked() const noexcept { return asked_; }
    bool only_object_names() const noexcept { return options_.only_object_names; }

    /// A response has begun: its target and its request ID, which later samples report.
    void answered_by(std::string designated_target, std::string request_id);
    std::shared_ptr<answer const> const& answering() const noexcept { return answer_; }

    /// Metadata of a multipart response, before its first member. After an error the response is unusable.
    result<void> metadata(codec::get_batch_metadata found);

    // One archive event each. `in` is the slab of the entry's data. An error makes the rest of the response
    // meaningless; if only one sample is wrong, it is reported to the listener instead.
    result<void> begin_entry(codec::entry_header const& header);
    void data(std::span<std::byte const> bytes, slab_ref const& in);
    result<void> end_entry(std::size_t take_back, slab_ref const& in);

    /// Replaces begin_entry() if the response is the bare bytes of the object or member.
    void begin_bare(codec::entry_header const& header);

    /// The current entry's size according to the metadata, if any. Between begin_entry() and end_entry().
    std::optional<std::uint64_t> told_size() const;

    /// The archive's end mark was read; the response may continue.
    void end_mark();
    /// The response has ended without error. Error: members are missing.
    result<void> end_archive() const;

    /// Reports that the server does not have an entry, with the server's message.
    void claim_missing(std::uint32_t index, std::string servers_words);

    /// Counts bytes that were decompressed for this response. True: pause decompression.
    bool expanded(std::size_t bytes) {
        expanded_ += bytes;
        if (expanded_ < expansion_step) return false;
        expanded_ = 0;
        paused_ = listener_->expanded();
        return paused_;
    }
    bool is_paused() const noexcept { return paused_; }
    /// True if decode_samples() stopped for that reason and must be called again. Ends the pause.
    bool resume() noexcept { return std::exchange(paused_, false); }

    /// Position in asked() of the first member that is incomplete or not proven yet; asked().size() if all are proven.
    /// If the response ends or stalls here, the fault may be this member's.
    std::size_t position() const noexcept { return next_member_ - (unproven_ ? 1 : 0); }
    /// True when all members are read; only the archive's end may follow.
    bool all_passed() const noexcept { return next_member_ == asked_.size(); }

    /// Memory of decompressors, in bytes, without slabs.
    std::size_t memory() const noexcept { return intake_.memory(); }

    /// The current payload, which the caller must keep together as it arrives; null if it is not kept in place.
    segments* collected() noexcept {
        return state_ == state::collecting && intake_.collects() ? &intake_.partial() : nullptr;
    }

    /// Estimated size of each member after the current one: that of the previous one. 0: none follows, or none was read
    /// yet.
    std::uint64_t following_bytes() const noexcept {
        auto const begun = next_member_ + (state_ == state::between ? 0u : 1u);
        return begun < asked_.size() ? last_size_ : 0;
    }

private:
    /// placeholder: marks a missing entry; its end shows whether it is empty, as it must be.
    enum class state : std::uint8_t { between, collecting, skipping, placeholder };

    error fault(errc code, std::string text, std::string_view servers_words = {}) const;
    error not_the_member(entry const& want, std::string_view name) const;
    error not_a_file(codec::entry_header const& header) const;
    result<void> check_metadata(codec::entry_header const& header, entry const& want, bool is_missing) const;
    bool begins_as_usual(codec::entry_header const& header);
    result<void> begin_any(codec::entry_header const& header);
    void collect(codec::entry_header const& header, entry const& want);
    void release_unproven();
    void bad_payload(error why);
    void claim_current();

    entry const& at(std::uint32_t index) const { return entries_[index]; }

    entry_listener* listener_;
    std::uint64_t number_;
    std::shared_ptr<answer const> answer_;
    std::span<entry const> entries_;  // of the batch
    assembler_options options_;
    payload_intake intake_;
    entry_indices asked_;
    std::optional<codec::get_batch_metadata> metadata_;
    bool usual_ = false;            // all entries have only a name, in one bucket, and there is no metadata
    std::string name_begin_;        // prefix of their members' names: the bucket and a slash, or nothing
    std::string_view bucket_text_;  // bucket_name_ was parsed from this; the bucket seldom changes within a batch
    std::string_view bucket_name_;  // empty if members are named without it
    static constexpr std::size_t expansion_step = std::size_t{1} << 20;
    std::size_t expanded_ = 0;  // bytes since the last call of the listener
    bool paused_ = false;
    std::uint64_t placeholder_bytes_ = 0;
    std::uint64_t last_size_ = 0;    // of the member that began last
    std::uint32_t next_member_ = 0;  // position in asked_ of the current or next member
    state state_ = state::between;
    bool provable_ = true;                   // the end of the current payload can be verified
    std::optional<taken_payload> unproven_;  // of the member before next_member_
    bool claimed_ = false;                   // an entry was missing
};

/// Passes everything that the decoder was fed to the assembler. Sans-IO.
///
/// fed_from: the slab of the piece fed last. Returns when the decoder needs more input, and after finish() at the end.
/// An error concerns the response: its remaining part is meaningless, its earlier samples are good.
result<void> decode_samples(response_decoder& decoder, sample_assembler& assembler, slab_ref const& fed_from);

/// The same for pieces in one slab, fed one after another. Removes each fed piece from the front: all of them unless
/// there is an error or a pause. After a pause, first call the function above for the rest of the last piece.
result<void> decode_samples(response_decoder& decoder, sample_assembler& assembler,
                            std::span<std::span<std::byte> const>& pieces, slab_ref const& fed_from);

}  // namespace aisle::detail
