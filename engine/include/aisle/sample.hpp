#pragma once

#include <aisle/batch.hpp>
#include <aisle/error.hpp>
#include <aisle/export.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace aisle {

class sample;
class sample_block;

enum class sample_status : std::uint8_t {
    delivered,  ///< the whole payload has arrived
    missing,    ///< it does not exist, according to the server
    failed      ///< it could not be fetched; see why()
};

/// "delivered", "missing" or "failed".
AISLE_API std::string_view to_string(sample_status s) noexcept;

namespace detail {

class block;
struct block_access;

/// One sample of a block.
struct sample_record {
    std::span<std::byte> bytes;  ///< the payload, if it is contiguous
    std::size_t size = 0;        ///< payload bytes
    std::uint32_t entry = 0;
    std::uint32_t first = 0;  ///< index of its first run, or of its error, in the block's lists
    std::uint32_t runs = 0;   ///< number of runs of the payload; if more than 1, they are in the block's list
    sample_status status = sample_status::failed;
};

}  // namespace detail

/// The result of one entry, within a sample_block. Two pointers: cheap to copy.
///
/// Valid while its block lives; keep() returns a sample that keeps the block alive. Different threads may read
/// different samples concurrently, but not the same sample, because bytes() may move its bytes.
class AISLE_API sample_view {
public:
    /// An empty view. Only assignment and destruction are allowed.
    sample_view() = default;

    /// Index of the batch within its stream, from 0.
    std::uint64_t batch() const noexcept;
    /// Index of the entry within its batch, from 0.
    std::uint32_t index() const noexcept { return record_->entry; }
    /// Number of entries in its batch. The last sample of a batch has index() + 1 == batch_size().
    std::uint32_t batch_size() const noexcept;
    /// The requested entry. Lives as long as the block.
    aisle::entry const& entry() const noexcept;

    sample_status status() const noexcept { return record_->status; }
    bool delivered() const noexcept { return record_ && record_->status == sample_status::delivered; }

    /// Payload bytes; 0 unless delivered.
    std::size_t size() const noexcept { return record_ ? record_->size : 0; }
    /// The payload as one span, valid while the block lives.
    /// The first call joins a payload of several runs in place and moves at most size() bytes.
    /// Throws aisle::exception unless delivered, so that a missing sample cannot be mistaken for an empty one.
    std::span<std::byte const> bytes() const { return writable_bytes(); }
    /// Like bytes(); the caller may change them. They are not shared with other samples, and the engine does not read
    /// them again.
    std::span<std::byte> writable_bytes() const {
        if (delivered() && record_->runs <= 1) [[likely]]
            return record_->bytes;
        return joined();
    }
    /// The payload as the runs in which it arrived, in order; moves nothing. Empty unless delivered. Valid until
    /// bytes() is called, and while the block lives.
    std::span<std::span<std::byte> const> runs() const noexcept;
    /// Copies the payload to the front of `to` without joining its runs, and returns size(). Throws aisle::exception
    /// unless delivered (as bytes()), and errc::invalid_argument if `to` is shorter than size(); then nothing is
    /// written.
    std::size_t copy_to(std::span<std::byte> to) const;

    /// host:port of the target that assembled the batch (AIStore's designated target); empty if none responded. Lives
    /// as long as the block.
    std::string_view designated_target() const noexcept;
    /// The request's ID in AIStore's logs, "JOB/WORK-ITEM"; empty if the server sent none. Lives as long as the block.
    std::string_view request_id() const noexcept;

    /// Why it is missing or failed. Precondition: not delivered. Lives as long as the block.
    aisle::error const& why() const noexcept;

    /// An owning sample that keeps the block alive. If its payload is small enough for stream_options::detach_below, it
    /// owns a copy instead; only then keep() may throw std::bad_alloc.
    sample keep() const;

protected:
    sample_view(detail::block* in, detail::sample_record* record) noexcept : block_(in), record_(record) {}
    std::span<std::byte> joined() const;

    detail::block* block_ = nullptr;
    detail::sample_record* record_ = nullptr;

    friend class sample_block;
    friend struct detail::block_access;
};

/// The result of one entry: a view that shares ownership of its block.
///
/// Keeps its block's memory and its batch's entries alive, even after the stream and the engine. Move-only.
/// May be moved to another thread and destroyed there.
class AISLE_API sample : public sample_view {
public:
    /// An empty sample. Only assignment, size(), delivered() and destruction are allowed.
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

    /// Copies the payload into memory of exactly its size and releases the block, so that a small sample does not
    /// keep a large block alive. Invalidates its spans and runs. Throws std::bad_alloc; the sample is then unchanged.
    void detach();

private:
    friend struct detail::block_access;
    // Takes over a reference to the block that is already counted.
    sample(detail::block* in, detail::sample_record* record) noexcept : sample_view(in, record) {}
    void forget() noexcept {
        block_ = nullptr;
        record_ = nullptr;
    }
    void release() noexcept;
};

}  // namespace aisle
