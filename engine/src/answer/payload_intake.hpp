#pragma once

#include "../entry/expectation.hpp"

#include <aisle/batch.hpp>
#include <aisle/codec/checksum.hpp>
#include <aisle/codec/event.hpp>
#include <aisle/codec/expander.hpp>
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

/// A payload and the slab it lies in.
struct taken_payload {
    segments bytes;
    slab_ref in;
};

/// A payload that payload_intake has, until its next begin(). Its bytes may be moved out of it.
struct payload_ref {
    segments* bytes;
    slab_ref const* in;
};

/// Takes in one payload at a time, as it arrives: keeps its runs, checks them against what the entry is expected to be
/// while they are hot, decompresses them where that was asked for. Sans-IO. Errors are of this entry alone: its batch
/// goes on.
class payload_intake {
public:
    /// pool: where samples are decompressed to; outlives the intake.
    payload_intake(slab_pool& pool, intake_options options) : pool_(&pool), options_(options) {}

    /// Begins the payload of a member. Errors: wrong_size, limit_exceeded.
    result<void> begin(entry const& want, codec::entry_header const& header) {
        bytes_.clear();
        careful_ = !header.size_known || header.size > options_.max_sample_bytes || checks(want);
        if (careful_) [[unlikely]]
            return begin_carefully(want, header);
        return {};
    }
    /// True when begin() has nothing to check of this member, of an entry that says no more than its name.
    bool may_take_unchecked(codec::entry_header const& header) const noexcept {
        return header.size_known && header.size <= options_.max_sample_bytes && !options_.decompress;
    }
    /// begin() of such a member.
    void begin_unchecked() noexcept {
        bytes_.clear();
        careful_ = false;
    }
    /// More of it, in the slab `in`. Errors: limit_exceeded, bad_archive and its like for what should decompress.
    result<void> add(std::span<std::byte const> data, slab_ref const& in) {
        // The readers see the slab as constant; joining runs needs the writable view of the same bytes.
        auto* const writable = in->data() + (data.data() - in->data());
        if (careful_) [[unlikely]]
            return add_carefully({writable, data.size()});
        bytes_.append({writable, data.size()});
        return {};
    }
    /// Its end; the last take_back bytes were not its own. Leaves the intake ready for the next. Errors: as add(), and
    /// wrong_size, wrong_checksum.
    result<payload_ref> end(std::size_t take_back, slab_ref const& in) {
        bytes_.drop_back(take_back);
        if (careful_) [[unlikely]]
            return end_carefully(in);
        return payload_ref{&bytes_, &in};
    }

    /// The bytes as they came, where they came: to be kept together by whoever receives them. Empty where they are not
    /// kept there.
    segments& partial() noexcept { return bytes_; }
    /// False when what comes is not kept where it lies, but decompressed to elsewhere.
    bool collects() const noexcept { return !(careful_ && expander_ && size_known_); }

    /// Bytes that decompression holds besides slabs.
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
    segments bytes_;          // as they came
    bool careful_ = false;    // the rest applies to the current payload
    bool size_known_ = true;  // else bytes may be taken back, and it is looked at when it is whole
    entry const* want_ = nullptr;
    std::optional<expected_checksum> checksum_;
    codec::hasher* hasher_ = nullptr;      // one of hashers_, where there is something to compare with
    codec::expander* expander_ = nullptr;  // one of expanders_, where there is something to decompress
    segments plain_;                       // decompressed so far, in expander_'s slab
    std::map<codec::checksum_type, codec::hasher> hashers_;
    std::map<codec::compression, codec::expander> expanders_;
};

}  // namespace aisle::detail
