#pragma once

#include <aisle/codec/event.hpp>
#include <aisle/receive_buffer.hpp>
#include <aisle/slab.hpp>

#include <cstdint>
#include <span>

namespace aisle::codec {

/// Reads a zip archive as it arrives, entry by entry in the order of its local headers, and confirms all of it by the
/// central directory at its end. See `reader`.
class zip_reader {
public:
    /// pool: where deflated payloads are decompressed to; outlives the reader.
    explicit zip_reader(slab_pool& pool, after_end follows = after_end::zero_padding);
    zip_reader(zip_reader const&) = delete;
    zip_reader& operator=(zip_reader const&) = delete;

    void feed(std::span<std::byte const> input) noexcept;
    void finish() noexcept;
    event next();

    /// Where the payload handed out so far is being collected, so that what is decompressed next lands behind it:
    /// the reader relocates it when it has to move. Null while nobody collects. Set it before every next() that may
    /// give data; only used when event::in is set.
    void hold(segments* collected) noexcept;
    /// Tells the size of the current entry, known from elsewhere (the metadata of a multipart answer). Precondition:
    /// next() just said entry_begin, and entry().size_known is false.
    void expect_size(std::uint64_t size) noexcept;

    /// True when the current entry's payload is decompressed into slabs of the reader's own.
    bool inflates() const noexcept;
    entry_header const& entry() const noexcept;
    std::uint64_t entry_remaining() const noexcept;
    std::uint64_t offset() const noexcept;
    std::span<std::byte const> unread() const noexcept;
    error const& failure() const noexcept;
};

}  // namespace aisle::codec
