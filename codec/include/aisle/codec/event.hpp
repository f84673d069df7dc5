#pragma once

#include <aisle/error.hpp>
#include <aisle/slab.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace aisle::codec {

/// What a reader has to say, in the order in which it says it:
/// \code
///   ( need_input* ( entry_begin ( entry_data | need_input )* entry_end )* )* end
/// \endcode
/// or `error` at any point, after which it says nothing else.
enum class event_kind : std::uint8_t {
    need_input,   ///< everything fed is consumed: feed() more, or finish()
    entry_begin,  ///< entry() describes the member that starts here
    entry_data,   ///< some of its payload, event::data, never empty
    entry_end,    ///< its last payload byte was handed out (padding may still be to come)
    end,          ///< the archive's end mark was seen whole
    error         ///< failure() tells; the reader can only be thrown away
};

/// One step of a reader.
struct event {
    event_kind kind;
    /// For entry_data only, never empty. All data of one entry lies in the same memory, told by `in`.
    std::span<std::byte const> data;
    /// For entry_data and entry_end: the slab of the reader's own that all of the entry's payload lies in by now, as it
    /// had to be decompressed. Copy the reference to keep the bytes; it is good until the next call. Null: the data
    /// lies inside the bytes last fed, and is valid as long as those are, which is the caller's affair.
    slab_ref const* in = nullptr;
    /// For entry_end only: so many of the bytes handed out last were not the entry's. (A zip entry of unknown size ends
    /// where a descriptor fits, which is known when the descriptor is here.)
    std::size_t take_back = 0;
};

/// Kinds of members that a data loader can tell apart.
enum class entry_type : std::uint8_t {
    regular,
    directory,
    link,  ///< hard or symbolic; it carries no payload
    other  ///< devices, pipes, vendors' own
};

/// One member of an archive.
struct entry_header {
    /// Its whole name, bytes as the archive has them (not always UTF-8). Valid until the reader's next entry_begin.
    std::string_view name;
    /// Payload in bytes, uncompressed.
    std::uint64_t size = 0;
    /// False while a zip entry's size stands behind its payload: then size is 0 until entry_end.
    bool size_known = true;
    entry_type type = entry_type::regular;
    /// Where its first header starts, in archive bytes (extended headers that belong to it included).
    std::uint64_t offset = 0;
};

/// What may follow the archive's end mark.
enum class after_end : std::uint8_t {
    /// A stream of its own: nothing, or for tar zero bytes (GNU tar pads to 10,240) up to a limit. Call next() on after
    /// `end`: it asks for input until finish(), then says `end` again, or `error` with errc::trailing_archive_data.
    zero_padding,
    /// A part of something else (multipart): unread() gives the bytes that are not the archive's, nothing checks them.
    foreign
};

/// The incremental archive reader: bytes go in by feed(), events come out by next(). No sockets, no threads, no
/// copies of payload; the same events whatever the split of the input.
template <class R>
concept reader = requires(R r, R const c, std::span<std::byte const> input) {
    r.feed(input);
    r.finish();
    { r.next() } -> std::same_as<event>;
    { c.entry() } -> std::same_as<entry_header const&>;
    { c.entry_remaining() } -> std::same_as<std::uint64_t>;  // of unknown size: a guess, not 0 before entry_end
    { c.offset() } -> std::same_as<std::uint64_t>;
    { c.unread() } -> std::same_as<std::span<std::byte const>>;
    { c.failure() } -> std::same_as<error const&>;
};

}  // namespace aisle::codec
