#pragma once

#include <aisle/codec/compression/decompressor.hpp>
#include <aisle/receive_buffer.hpp>
#include <aisle/slab.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace aisle::codec {

/// Why expander::next() returned.
enum class expander_status : std::uint8_t {
    need_input,  ///< all input is consumed: feed() more, or finish()
    data,        ///< some output, expander_step::data, never empty
    end,         ///< the compressed stream has ended; unread() is not part of it
    failed       ///< see failure(); the expander can only be reset or destroyed
};

struct expander_step {
    expander_status status;
    /// Lies in slab(). Writable, so that the pieces of a payload can be joined in place.
    std::span<std::byte> data;
};

/// Decompresses into slabs, so that plain bytes are laid out like those of an uncompressed response: each payload stays
/// contiguous in one slab, samples are views of it, and a slab that no sample references is reused.
///
/// Memory: one slab, plus the slabs that others reference. Not thread-safe. The pool must outlive it.
class expander {
public:
    /// Upper limit of the size of one output, in bytes: it is parsed while it is still in the CPU cache.
    static constexpr std::size_t run_bytes = 128 * 1024;

    expander(std::unique_ptr<decompressor> by, slab_pool& pool);

    /// Sets the next compressed bytes. Precondition: next() returned need_input, or nothing was fed yet. The bytes must
    /// stay valid until next() returns need_input again.
    void feed(std::span<std::byte const> input) noexcept { input_ = input; }
    /// No more input will come: from now on, input that ends inside a frame is errc::truncated_archive.
    void finish() noexcept { finished_ = true; }

    /// Decompresses some more. `hold`: the payload being collected from earlier output. If the next output cannot be
    /// placed right after it, the payload is moved and `hold` is updated.
    expander_step next(partial_payload& hold);

    /// The slab that holds the data returned last. Copy the reference to keep the bytes.
    slab_ref const& slab() const noexcept { return out_.slab(); }
    /// Input not yet consumed. Right after `end`: the bytes after the compressed stream.
    std::span<std::byte const> unread() const noexcept { return input_; }
    /// Compressed bytes consumed.
    std::uint64_t offset() const noexcept { return consumed_; }
    /// Bytes held in addition to slab(): see decompressor::memory().
    std::size_t memory() const noexcept { return by_->memory(); }
    error const& failure() const noexcept { return by_->failure(); }

    /// Prepares for another stream. Data handed out stays valid as long as its slab is referenced.
    void reset();

private:
    std::unique_ptr<decompressor> by_;
    receive_buffer out_;
    std::span<std::byte const> input_;
    std::uint64_t consumed_ = 0;
    expansion_status last_ = expansion_status::need_input;
    bool finished_ = false;
};

}  // namespace aisle::codec
