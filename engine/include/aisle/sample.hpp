#pragma once

#include <aisle/batch.hpp>
#include <aisle/error.hpp>
#include <aisle/segments.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace aisle {

namespace detail {
struct answer;
struct sample_access;
}  // namespace detail

enum class sample_status : std::uint8_t {
    delivered,  ///< its bytes are here, whole
    missing,    ///< the server says it does not exist
    failed      ///< could not be had; why() says more
};

/// "delivered", "missing" or "failed".
std::string_view to_string(sample_status s) noexcept;

/// The answer to one entry: a view of the memory its bytes were received into.
///
/// Keeps that memory (and the batch's entries) alive, for as long as it lives, even past its stream and engine.
/// Movable, not copyable. Not thread-safe, but may be moved to another thread and dropped there.
class sample {
public:
    sample() = default;

    /// Number of the batch within its stream, from 0.
    std::uint64_t batch() const noexcept { return batch_number_; }
    /// Index of the entry within its batch, from 0.
    std::uint32_t index() const noexcept { return index_; }
    /// What was asked for. Lives as long as the sample.
    aisle::entry const& entry() const noexcept { return *entry_; }

    sample_status status() const noexcept { return status_; }
    bool delivered() const noexcept { return status_ == sample_status::delivered; }

    /// Payload bytes; 0 unless delivered.
    std::size_t size() const noexcept { return payload_.size_bytes(); }
    /// The payload as one span, valid while the sample lives and is not detached.
    /// A payload of several runs is joined in place at the first call, at most size() bytes moved.
    /// Throws aisle::exception unless delivered: a missing sample must not pass for an empty one.
    std::span<std::byte const> bytes() const;
    /// The payload as the runs it arrived in, in order, without moving any. Empty unless delivered.
    std::span<std::span<std::byte> const> runs() const noexcept { return payload_.runs(); }

    /// host:port of the node that put its batch together (AIStore's designated target); empty when none answered.
    /// Lives as long as the sample.
    std::string_view designated_target() const noexcept;
    /// AIStore's names of the request, "JOB/WORK-ITEM", as its logs have them; empty when it gave none.
    std::string_view request_id() const noexcept;

    /// Why it is missing or failed. Precondition: not delivered.
    aisle::error const& why() const noexcept { return *why_; }

    /// Copies the payload into a block of its own size, so that keeping a small sample does not pin a large slab.
    void detach();

private:
    friend struct detail::sample_access;

    std::shared_ptr<detail::answer const> answer_;
    aisle::entry const* entry_ = nullptr;
    slab_ref slab_;
    std::unique_ptr<std::byte[]> detached_;
    mutable segments payload_;
    std::shared_ptr<aisle::error const> why_;
    std::uint64_t batch_number_ = 0;
    std::uint32_t index_ = 0;
    sample_status status_ = sample_status::failed;
};

}  // namespace aisle
