#pragma once

#include <aisle/codec/decompressor.hpp>
#include <aisle/receive_buffer.hpp>
#include <aisle/slab.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace aisle::codec {

/// Why expander::next() came back.
enum class expander_status : std::uint8_t {
    need_input,  ///< everything fed is consumed: feed() more, or finish()
    data,        ///< some output, expander_step::data, never empty
    end,         ///< the compressed stream has ended; unread() is not its own
    failed       ///< failure() tells; the expander can only be reset or thrown away
};

struct expander_step {
    expander_status status;
    /// Lies in slab(). Writable, so that runs may be joined in place.
    std::span<std::byte> data;
};

/// Decompresses what it is fed into slabs, so that plain bytes lie as those of an uncompressed answer do: a payload
/// stays together in one slab, samples are views of it, and where nobody looks the same memory serves again.
///
/// Memory: one slab, and what holders of its slabs keep. Not thread-safe. The pool outlives it.
class expander {
public:
    /// Output is handed out in runs of at most this many bytes: they are parsed while they are in the cache.
    static constexpr std::size_t run_bytes = 128 * 1024;

    expander(std::unique_ptr<decompressor> by, slab_pool& pool);

    /// Gives the next compressed bytes. Precondition: next() said need_input, or nothing was fed yet. The bytes must
    /// stay in place until next() says need_input again.
    void feed(std::span<std::byte const> input) noexcept { input_ = input; }
    /// No more input will come: running out of it inside a frame is errc::truncated_archive from now on.
    void finish() noexcept { finished_ = true; }

    /// Some more output. `hold`: the payload that is being collected from earlier output, which is moved, and
    /// relocated, when what comes next would not land behind it.
    expander_step next(partial_payload& hold);

    /// What the data handed out last lies in. Copy it to keep the bytes.
    slab_ref const& slab() const noexcept { return out_.slab(); }
    /// Fed and not consumed. Right after `end`: the bytes behind the compressed stream.
    std::span<std::byte const> unread() const noexcept { return input_; }
    /// Compressed bytes consumed.
    std::uint64_t offset() const noexcept { return consumed_; }
    error const& failure() const noexcept { return by_->failure(); }
    /// Bytes of memory beside slabs: decompressor::memory().
    std::size_t memory() const noexcept { return by_->memory(); }

    /// Ready for another stream. What was handed out stays where it is while somebody holds its slab.
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
