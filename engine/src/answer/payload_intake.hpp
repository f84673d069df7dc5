#pragma once

#include "../entry/expectation.hpp"

#include <aisle/batch.hpp>
#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/compression/expander.hpp>
#include <aisle/codec/event.hpp>
#include <aisle/result.hpp>
#include <aisle/segments.hpp>
#include <aisle/slab.hpp>

#include <map>
#include <optional>
#include <span>

namespace aisle::detail {

struct intake_options {
    bool decompress = false;
    std::uint64_t max_sample_bytes = 0;
};

/// A payload and its slab.
struct taken_payload {
    segments bytes;
    slab_ref in;
};

/// A payload owned by payload_intake, valid until its next begin(). Its bytes may be moved out.
struct payload_ref {
    segments* bytes;
    slab_ref const* in;
};

/// Takes one payload at a time, as it arrives: keeps its runs, checks them against the entry's expectations while they
/// are in the cache, and decompresses them if requested. Sans-IO. Errors concern this entry only: its batch continues.
class payload_intake {
public:
    /// pool: for decompressed samples; outlives the intake.
    payload_intake(slab_pool& pool, intake_options options) : pool_(&pool), options_(options) {}

    /// Begins the payload of a member. Errors: wrong_size, limit_exceeded.
    result<void> begin(entry const& want, codec::entry_header const& header) {
        bytes_.clear();
        careful_ = !header.size_known || header.size > options_.max_sample_bytes || checks(want);
        if (careful_) [[unlikely]]
            return begin_carefully(want, header);
        return {};
    }
    /// True if begin() has nothing to check, for an entry that has only a name.
    bool may_take_unchecked(codec::entry_header const& header) const noexcept {
        return header.size_known && header.size <= options_.max_sample_bytes && !options_.decompress;
    }
    /// begin() of such a member.
    void begin_unchecked() noexcept {
        bytes_.clear();
        careful_ = false;
    }
    /// More payload, in the slab `in`. Errors: limit_exceeded; bad_archive and others if it cannot be decompressed.
    result<void> add(std::span<std::byte const> data, slab_ref const& in) {
        // The readers see the slab as constant; joining runs needs a writable view of the same bytes.
        auto* const writable = in->data() + (data.data() - in->data());
        if (careful_) [[unlikely]]
            return add_carefully({writable, data.size()});
        bytes_.append({writable, data.size()});
        return {};
    }
    /// Ends the payload; its last take_back bytes do not belong to it. Resets the intake. Errors: as add(), and
    /// wrong_size, wrong_checksum.
    result<payload_ref> end(std::size_t take_back, slab_ref const& in) {
        bytes_.drop_back(take_back);
        if (careful_) [[unlikely]]
            return end_carefully(in);
        return payload_ref{&bytes_, &in};
    }

    /// The bytes received so far, in their slab; the receiver must keep them together. Empty if they are not kept
    /// there.
    segments& partial() noexcept { return bytes_; }
    /// False if incoming bytes are decompressed elsewhere instead of kept in place.
    bool collects() const noexcept { return !(careful_ && expander_ && size_known_); }

    /// Memory of decompressors, in bytes, without slabs.
    std::size_t memory() const noexcept {
        std::size_t out = 0;
        for (auto const& [how, e] : expanders_) out += e.memory();
        return out;
    }

private:
    static std::optional<codec::compression> compression_of(entry const& want) noexcept;
    bool checks(entry const& want) const noexcept {
        return options_.decompress || want.expected_size || want.range.length > 0 || !want.expected_checksum.empty();
    }
    result<void> begin_carefully(entry const& want, codec::entry_header const& header);
    result<void> add_carefully(std::span<std::byte> data);
    result<payload_ref> end_carefully(slab_ref const& in);
    result<void> check_whole();
    result<void> expand(std::span<std::byte const> data);
    result<void> drain_expander();
    result<void> check_size(std::uint64_t size) const;
    error too_large(std::string const& has) const;

    slab_pool* pool_;
    intake_options options_;
    segments bytes_;          // as received
    bool careful_ = false;    // the rest applies to the current payload
    bool size_known_ = true;  // if false, bytes may be taken back, so checks wait for the end
    entry const* want_ = nullptr;
    std::optional<expected_checksum> checksum_;
    codec::hasher* hasher_ = nullptr;      // one of hashers_, if there is a checksum to compare
    codec::expander* expander_ = nullptr;  // one of expanders_, if the payload is decompressed
    segments plain_;                       // decompressed so far, in expander_'s slab
    std::map<codec::checksum_type, codec::hasher> hashers_;
    std::map<codec::compression, codec::expander> expanders_;
};

}  // namespace aisle::detail
