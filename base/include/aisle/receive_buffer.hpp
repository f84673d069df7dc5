#pragma once

#include <aisle/segments.hpp>
#include <aisle/slab.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle {

/// A payload of which only the beginning has arrived. Its owner lends it to a read, so that its bytes stay in front
/// of the ones that follow.
struct partial_payload {
    /// The runs that are here, all in the current slab. Null or empty when none is.
    segments* bytes = nullptr;
    /// Body bytes of it still to come; 0: nothing is held. A claim of the server: memory follows what arrives.
    std::uint64_t rest = 0;
    /// Bytes that each payload after it probably has; 0: none follows, or that is not known. A guess, which decides how
    /// much is moved and nothing else.
    std::uint64_t next = 0;
};

/// Where bytes land that come from a socket, or out of a decompressor: the current slab, how far it is filled and how
/// far it is parsed. Sans-IO.
///
/// \code
///   slab  |  samples, or done with  | held payload | unparsed |      free tail      |
///                                     hold.bytes    consume()^    ^commit()
/// \endcode
///
/// prepare() decides where the next bytes land:
///  - nothing is held or unparsed and nobody looks at the slab: at its beginning, over and over in the same hot memory;
///  - the rest of a held payload fits in the tail: there;
///  - it does not: held and unparsed bytes move, once, as soon as the payload's size is known, to the front of this
///    slab if nothing else references it, else to another one that is large enough;
///  - the tail is too small for a decent read, or for a large payload that is expected: unparsed bytes move, likewise;
///  - large payloads are expected: a read ends with the last one that fits in the tail, as far as that can be foreseen,
///    so that little of one that does not fit has to move;
///  - a payload of several MiB and unknown size outgrows a slab that nothing else references: the slab is enlarged
///    where it is, so that the payload is never there twice;
///  - a slab that was large for one payload is left behind it.
///
/// Bytes of a slab are never overwritten while anybody else holds a reference to it, and what is moved is linear in
/// what arrives, whatever sizes a server declares and however it cuts its chunks. Not thread-safe.
class receive_buffer {
public:
    /// The most that is set aside for a payload on the server's word alone; beyond, memory doubles as bytes arrive.
    static constexpr std::size_t trusted_bytes = std::size_t{64} * 1024 * 1024;
    /// A read into less room than this is not worth its system call.
    static constexpr std::size_t min_read_bytes = 16 * 1024;

    /// slab_bytes: capacity of the slabs taken when nothing larger is needed; read_bytes: most room that
    /// prepare() offers. The pool must outlive the buffer.
    receive_buffer(slab_pool& pool, std::size_t slab_bytes, std::size_t read_bytes) noexcept;

    /// The room to read into next, never empty. May start the slab anew, move held and unparsed bytes to its front, or
    /// move them to another slab; hold.bytes follows, and so does unparsed(). Throws std::bad_alloc.
    std::span<std::byte> prepare(partial_payload& hold);
    /// Says that the first n bytes of the room have been filled.
    void commit(std::size_t n) noexcept { end_ += n; }

    /// What has arrived and is not parsed yet.
    std::span<std::byte> unparsed() const noexcept;
    /// Says that the first n bytes of unparsed() have been parsed.
    void consume(std::size_t n) noexcept { parsed_ += n; }

    /// The current slab; null before the first prepare() and after release().
    slab_ref const& slab() const noexcept { return slab_; }
    /// Lets go of the slab and of what is in it.
    void release() noexcept;

private:
    /// Slabs over this hold one payload each.
    static constexpr std::size_t largest_shared_bytes = std::size_t{4} << 20;
    /// Payloads below this are moved over a slab's end at little cost.
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
