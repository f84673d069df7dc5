#pragma once

#include "answer.hpp"
#include "payload_intake.hpp"

#include <aisle/error.hpp>

#include <cstdint>
#include <memory>

namespace aisle::detail {

/// To whom the reading of an answer reports what it finds, entry by entry. An entry is its index in the batch.
class entry_listener {
public:
    /// False once the entry was answered: its bytes are of no use any more.
    virtual bool is_open(std::uint32_t entry) const = 0;
    /// Its payload, whole and checked, in the slab `in`.
    virtual void deliver(std::uint32_t entry, std::shared_ptr<answer const> const& by, segments& bytes,
                         slab_ref const& in) = 0;
    /// The server says that it does not have the entry; its words are in the error.
    virtual void missing(std::uint32_t entry, error why) = 0;
    /// Its payload came and was wrong. The answer goes on.
    virtual void spoilt(std::uint32_t entry, error why) = 0;

    /// A megabyte or so more was decompressed, without a read in between. True: it is enough for now.
    virtual bool expanded() { return false; }

protected:
    ~entry_listener() = default;
};

}  // namespace aisle::detail
