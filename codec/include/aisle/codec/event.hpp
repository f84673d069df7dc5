#pragma once

#include <aisle/error.hpp>
#include <aisle/slab.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace aisle::codec {

/// The events of a reader, and their order:
/// \code
///   ( need_input* ( entry_begin ( entry_data | need_input )* entry_end )* )* end
/// \endcode
/// or `error` at any point, which is then the only event.
enum class event_kind : std::uint8_t {
    need_input,   ///< all input is consumed: feed() more, or finish()
    entry_begin,  ///< entry() describes the member that starts here
    entry_data,   ///< some of its payload, event::data, never empty
    entry_end,    ///< its last payload byte was handed out (padding may still follow)
    end,          ///< the archive's complete end mark was read
    error         ///< see failure(); the reader can only be destroyed
};

/// One step of a reader.
struct event {
    event_kind kind;
    /// For entry_data only, never empty. All data of one entry lies in the same memory, described by `in`.
    std::span<std::byte const> data;
    /// For entry_data and entry_end: the slab, owned by the reader, that holds all of the entry's payload so far, when
    /// the payload had to be decompressed. Copy the reference to keep the bytes; the pointer is valid until the next
    /// call. Null: the data lies inside the bytes last fed and is valid as long as they are; the caller owns them.
    slab_ref const* in = nullptr;
    /// For entry_end only: how many of the bytes handed out last do not belong to the entry. (A zip entry of unknown
    /// size ends where a data descriptor matches, which is only known once the whole descriptor has arrived.)
    std::size_t take_back = 0;
};

/// Kinds of archive members.
enum class entry_type : std::uint8_t {
    regular,
    directory,
    link,  ///< hard or symbolic; has no payload
    other  ///< devices, pipes, vendor-specific types
};

/// One member of an archive.
struct entry_header {
    /// The full name, in the archive's bytes (not always UTF-8). Valid until the reader's next entry_begin.
    std::string_view name;
    /// Size of the payload in bytes, uncompressed.
    std::uint64_t size = 0;
    /// False while the size of a zip entry is not known because it follows the payload: `size` is then 0 until
    /// entry_end.
    bool size_known = true;
    entry_type type = entry_type::regular;
    /// Offset of its first header in the archive (extended headers that belong to it included), in bytes.
    std::uint64_t offset = 0;
};

/// What may follow the archive's end mark.
enum class after_end : std::uint8_t {
    /// The archive is the whole stream: nothing may follow, or for tar zero bytes (GNU tar pads to 10,240) up to a
    /// limit.
    /// Call next() after `end`: it returns need_input until finish(), then `end` again, or `error` with
    /// errc::trailing_archive_data.
    zero_padding,
    /// The archive is part of something else (multipart): unread() returns the bytes after the archive; they are not
    /// checked.
    foreign
};

/// An incremental archive reader: feed() takes bytes, next() returns events. No sockets, no threads, no copies of
/// payload; the events do not depend on how the input is split.
template <class R>
concept reader = requires(R r, R const c, std::span<std::byte const> input) {
    r.feed(input);
    r.finish();
    { r.next() } -> std::same_as<event>;
    { c.entry() } -> std::same_as<entry_header const&>;
    { c.entry_remaining() } -> std::same_as<std::uint64_t>;  // estimate if the size is unknown; not 0 before entry_end
    { c.offset() } -> std::same_as<std::uint64_t>;
    { c.unread() } -> std::same_as<std::span<std::byte const>>;
    { c.failure() } -> std::same_as<error const&>;
};

}  // namespace aisle::codec
