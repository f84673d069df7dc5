#pragma once

#include "../entry/entry_table.hpp"
#include "../nanobind_headers.hpp"

#include <aisle/feed.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace aisle::python {

/// Why read() returned.
enum class reading : std::uint8_t {
    full,   ///< the engine accepts no more now
    pause,  ///< it has read for 2 ms: samples may have arrived
    end     ///< the source has no more
};

/// Reads a Python iterator and submits its entries to a feed, numbered from 0. With the GIL.
class feed_reader {
public:
    feed_reader(std::string default_bucket, std::size_t max_waiting)
        : default_bucket_(std::move(default_bucket)), enough_room_(max_waiting / 4 + 1) {}

    /// Reads while there is space, for 2 ms at most. Throws what the iterator throws, and aisle.UsageError for an item
    /// that is not an entry; the entries before it are submitted.
    reading read(nb::handle iterator, feed& to);
    /// Submits one item: an entry, or a list of entries, which makes one request. Precondition: the feed has space.
    void submit_item(nb::handle item, feed& to);

    /// Entries submitted so far. The tag of each in the engine is its number, from 0.
    std::uint64_t submitted() const noexcept { return submitted_; }
    /// Returns and removes the tag that the caller gave the entry.
    std::uint64_t take_tag(std::uint64_t number);

private:
    reading read_table(entry_cursor& from, feed& to, std::size_t room);
    void submit(entry e, feed& to);
    void submit_batch(nb::handle entries, feed& to);
    void number(entry& e);

    std::string const default_bucket_;
    std::size_t const enough_room_;
    std::uint64_t submitted_ = 0;
    std::unordered_map<std::uint64_t, std::uint64_t> tags_;  // by number; those that are not 0
};

}  // namespace aisle::python
