#pragma once

#include <aisle/batch.hpp>
#include <aisle/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace aisle {

class sample;
class sample_block;

enum class sample_status : std::uint8_t {
    delivered,  ///< its bytes are here, whole
    missing,    ///< the server says it does not exist
    failed      ///< could not be had; why() says more
};

/// "delivered", "missing" or "failed".
std::string_view to_string(sample_status s) noexcept;

namespace detail {

class block;
struct block_access;

/// What a block knows of one of its samples.
struct sample_record {
    std::span<std::byte> bytes;  ///< the payload, where it lies in one run
    std::size_t size = 0;        ///< of the payload
    std::uint32_t entry = 0;
    std::uint32_t first = 0;  ///< place of its first run, or of its error, in the block's lists
    std::uint32_t runs = 0;   ///< that the payload lies in; over 1: they are in the block's list
    sample_status status = sample_status::failed;
};

}  // namespace detail

/// The answer to one entry, as seen while iterating over a sample_block: two pointers, free to copy.
///
/// Valid while its block lives; keep() makes a sample, which keeps the block alive. Different samples may be read on
/// different threads at once; one sample on one thread at a time, as bytes() may move its bytes.
class sample_view {
public:
    /// An empty view: nothing but assignment and destruction is allowed.
    sample_view() = default;

    /// Number of the batch within its stream, from 0.
    std::uint64_t batch() const noexcept;
    /// Index of the entry within its batch, from 0.
    std::uint32_t index() const noexcept { return record_->entry; }
    /// Number of entries of its batch: the sample of the last one has index() + 1 == batch_size().
    std::uint32_t batch_size() const noexcept;
    /// What was asked for. Lives as long as the block.
    aisle::entry const& entry() const noexcept;

    sample_status status() const noexcept { return record_->status; }
    bool delivered() const noexcept { return record_ && record_->status == sample_status::delivered; }

    /// Payload bytes; 0 unless delivered.
    std::size_t size() const noexcept { return record_ ? record_->size : 0; }
    /// The payload as one span, valid while the block lives.
    /// A payload of several runs is joined in place at the first call: at most size() bytes move.
    /// Throws aisle::exception unless delivered: a missing sample must not pass for an empty one.
    std::span<std::byte const> bytes() const { return writable_bytes(); }
    /// bytes(), to be changed in place: no other sample shares them, and the engine does not look at them again.
    std::span<std::byte> writable_bytes() const {
        if (delivered() && record_->runs <= 1) [[likely]]
            return record_->bytes;
        return joined();
    }
    /// The payload as the runs it arrived in, in order, without moving any. Empty unless delivered. Valid until
    /// bytes() is called, and while the block lives.
    std::span<std::span<std::byte> const> runs() const noexcept;
    /// Copies the payload to the front of `to` without joining it, and returns how many bytes that were, size().
    /// Throws aisle::exception unless delivered (as bytes()), and with errc::invalid_argument where `to` is shorter
    /// than size(); nothing is written then.
    std::size_t copy_to(std::span<std::byte> to) const;

    /// host:port of the node that put its batch together (AIStore's designated target); empty when none answered.
    /// Lives as long as the block.
    std::string_view designated_target() const noexcept;
    /// AIStore's name of the request, "JOB/WORK-ITEM", as its logs have it; empty when it gave none.
    std::string_view request_id() const noexcept;

    /// Why it is missing or failed. Precondition: not delivered. Lives as long as the block.
    aisle::error const& why() const noexcept;

    /// A sample of its own that keeps the block alive. Where the stream asks for it (stream_options::detach_below) and
    /// the payload is small, it is a copy instead. Throws std::bad_alloc where it copies.
    sample keep() const;

protected:
    sample_view(detail::block* in, detail::sample_record* record) noexcept : block_(in), record_(record) {}
    std::span<std::byte> joined() const;

    detail::block* block_ = nullptr;
    detail::sample_record* record_ = nullptr;

    friend class sample_block;
    friend struct detail::block_access;
};

/// The answer to one entry, by itself: a view that owns a share of its block.
///
/// Keeps the memory its bytes were received into alive (and its batch's entries), also past its stream and its engine.
/// Move-only. It may be moved to another thread and dropped there.
class sample : public sample_view {
public:
    /// An empty sample: only assignment, size(), delivered() and destruction are allowed.
    sample() = default;
    sample(sample&& other) noexcept : sample_view(other) { other.forget(); }
    sample& operator=(sample&& other) noexcept {
        if (this != &other) {
            if (block_) release();
            static_cast<sample_view&>(*this) = other;
            other.forget();
        }
        return *this;
    }
    ~sample() {
        if (block_) release();
    }

    /// Copies the payload into memory of its own size, so that keeping a small sample does not keep a large block.
    /// Invalidates its spans and runs. Throws std::bad_alloc, and changes nothing then.
    void detach();

private:
    friend struct detail::block_access;
    // Takes over a share of the block that was counted before.
    sample(detail::block* in, detail::sample_record* record) noexcept : sample_view(in, record) {}
    void forget() noexcept {
        block_ = nullptr;
        record_ = nullptr;
    }
    void release() noexcept;
};

}  // namespace aisle
