#pragma once

#include <aisle/segments.hpp>
#include <aisle/slab.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle {

/// A payload of which only the beginning has arrived. Its owner passes it to a read, so that its bytes stay directly
/// before those that follow.
struct partial_payload {
    /// The runs of bytes that have arrived, all in the current slab. Null or empty if none has.
    segments* bytes = nullptr;
    /// Its body bytes that have not arrived; 0: nothing is held. The server announces this number, so memory grows only
    /// with the bytes that arrive.
    std::uint64_t rest = 0;
    /// Estimated bytes of each payload after it; 0: none follows, or unknown. Affects only how many bytes are moved.
    std::uint64_t next = 0;
};

/// The destination of bytes from a socket or a decompressor: the current slab, how far it is filled, and how far it is
/// parsed. Sans-IO.
///
/// \code
///   slab  |  samples, or not needed | held payload | unparsed |      free tail      |
///                                     hold.bytes    consume()^    ^commit()
/// \endcode
///
/// prepare() decides where the next bytes go:
///  - nothing is held or unparsed, and nothing else references the slab: to its beginning, so that the same memory is
///    reused while it is in the cache;
///  - the rest of a held payload fits in the tail: to the tail;
///  - the rest does not fit: held and unparsed bytes move once, as soon as the payload's size is known. They move to
///    the front of this slab if nothing else references it, otherwise to another one that is large enough;
///  - the tail is too small for a read of reasonable size, or for an expected large payload: unparsed bytes move in the
///    same way;
///  - large payloads are expected: a read ends with the last one that is expected to fit in the tail, so that little of
///    the next one has to move;
///  - a payload of several MiB and unknown size needs more than its slab, which nothing else references: the slab is
///    enlarged in place, so that the payload is never in memory twice;
///  - a slab that was large for one payload is not used after it.
///
/// Bytes of a slab are never overwritten while anything else references it. The number of moved bytes is linear in the
/// bytes that arrive, whatever sizes a server declares and however it divides its chunks. Not thread-safe.
class receive_buffer {
public:
    /// Maximum memory reserved for an announced payload; beyond that it doubles as bytes arrive.
    static constexpr std::size_t trusted_bytes = std::size_t{64} * 1024 * 1024;
    /// Minimum space for a read: a smaller read is not worth its system call.
    static constexpr std::size_t min_read_bytes = 16 * 1024;

    /// slab_bytes: capacity of the slabs if nothing larger is needed. read_bytes: maximum size of what prepare()
    /// returns.
    /// The pool must outlive the buffer.
    receive_buffer(slab_pool& pool, std::size_t slab_bytes, std::size_t read_bytes) noexcept;

    /// The space for the next read, never empty. May reuse the slab from its beginning, or move held and unparsed bytes
    /// to its front or to another slab; hold.bytes and unparsed() then refer to the new place. Throws std::bad_alloc.
    std::span<std::byte> prepare(partial_payload& hold);
    /// Records that the first n bytes of that space were filled.
    void commit(std::size_t n) noexcept { end_ += n; }

    /// The bytes that have arrived and are not parsed yet.
    std::span<std::byte> unparsed() const noexcept;
    /// Records that the first n bytes of unparsed() were parsed.
    void consume(std::size_t n) noexcept { parsed_ += n; }

    /// The current slab; null before the first prepare() and after release().
    slab_ref const& slab() const noexcept { return slab_; }
    /// Releases the slab; unparsed bytes are dropped.
    void release() noexcept;

private:
    /// A slab larger than this is used for one payload only.
    static constexpr std::size_t largest_shared_bytes = std::size_t{4} << 20;
    /// Smaller payloads are cheap to move to another slab.
    static constexpr std::size_t dear_to_move_bytes = 32 * 1024;

    void leave_oversized(bool nothing_held, std::uint64_t rest);
    static std::span<std::byte> held_block(partial_payload const& hold) noexcept;
    std::size_t read_limit(std::size_t held, std::uint64_t rest, std::size_t following) const noexcept;
    void move_to(slab_ref next, std::span<std::byte> held, partial_payload& hold) noexcept;

    slab_pool* pool_;
    std::size_t slab_bytes_;
    std::size_t read_bytes_;
    slab_ref slab_;
    std::size_t parsed_ = 0;
    std::size_t end_ = 0;
};

}  // namespace aisle
